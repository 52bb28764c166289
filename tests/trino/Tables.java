// Holds the archive's tables against Trino, of which Athena's engine is made: each line, read by Trino's OpenX SerDe with
// the columns and properties of a statement of ours and written again, must be the line, and Trino's parser must take the
// questions.
//
//     java Tables.java QUESTIONS.sql TABLE.sql LINES.jsonl [TABLE.sql LINES.jsonl …]

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.trino.hive.formats.line.Column;
import io.trino.hive.formats.line.LineBuffer;
import io.trino.hive.formats.line.LineDeserializer;
import io.trino.hive.formats.line.openxjson.OpenXJsonDeserializerFactory;
import io.trino.spi.Page;
import io.trino.spi.PageBuilder;
import io.trino.spi.block.Block;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarcharType;
import io.trino.sql.parser.SqlParser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Tables {
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] args) throws Exception {
        int statements = 0;
        for (String statement : Files.readString(Path.of(args[0])).split(";\\s*\n")) {
            new SqlParser().createStatement(statement.strip());
            statements++;
        }
        System.out.println("statements " + statements);
        for (int n = 1; n + 1 < args.length; n += 2) {
            Table table = Table.of(Files.readString(Path.of(args[n])));
            int lines = 0;
            for (String line : Files.readAllLines(Path.of(args[n + 1]))) {
                JsonNode event = JSON.readTree(line);
                String lost = unlike(event, table.read(line), table.row, "");
                if (lost != null) {
                    System.err.println(args[n] + ": " + lost + "\n" + line);
                    System.exit(1);
                }
                lines++;
            }
            System.out.println("lines " + lines);
        }
    }

    /** The first value that did not come back; null where all did. A member that is null is the same as none. */
    static String unlike(JsonNode value, JsonNode came, Type type, String path) throws Exception {
        if (value.isNull()) {
            return null;
        }
        if (came == null) {
            return path + " is lost: " + value;
        }
        if (type instanceof RowType row) {
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                String inner = path + "." + member.getKey();
                Optional<RowType.Field> field =
                    row.getFields().stream().filter(f -> f.getName().get().equals(member.getKey())).findFirst();
                String found = field.isEmpty()
                    ? inner + " has no column"
                    : unlike(member.getValue(), came.get(member.getKey()), field.get().getType(), inner);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        JsonNode again = type instanceof VarcharType && !value.isTextual() ? JSON.readTree(came.asText()) : came;
        boolean same = value.isNumber() && again.isNumber()
            ? value.decimalValue().compareTo(again.decimalValue()) == 0
            : value.equals(again);
        return same ? null : path + ": " + value + " came back as " + again;
    }

    /** A table, with the names that the SerDe maps its columns to. */
    record Table(RowType row, List<Type> types, LineDeserializer serde) {
        static Table of(String statement) {
            int from = statement.indexOf("(\n") + 2;
            Columns text = new Columns(statement.substring(from, statement.indexOf("\n)\n", from)));
            Map<String, String> properties = new HashMap<>();
            Matcher found = Pattern.compile("'((?:mapping|case)\\.[a-z_]+)' = '([^']+)'").matcher(statement);
            while (found.find()) {
                properties.put(found.group(1), found.group(2));
            }
            List<Column> columns = new ArrayList<>();
            List<RowType.Field> fields = new ArrayList<>();
            for (RowType.Field field : text.fields()) {
                String name = field.getName().get();
                columns.add(new Column(name, field.getType(), columns.size()));
                fields.add(RowType.field(properties.getOrDefault("mapping." + name, name), field.getType()));
            }
            List<Type> types = fields.stream().map(RowType.Field::getType).toList();
            return new Table(RowType.from(fields), types, new OpenXJsonDeserializerFactory().create(columns, properties));
        }

        JsonNode read(String line) throws Exception {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            LineBuffer buffer = new LineBuffer(bytes.length + 1, 16 << 20);
            buffer.write(bytes, 0, bytes.length);
            PageBuilder builder = new PageBuilder(types);
            serde.deserialize(buffer, builder);
            Page page = builder.build();
            var object = JsonNodeFactory.instance.objectNode();
            for (int n = 0; n < types.size(); n++) {
                JsonNode value = value(types.get(n), page.getBlock(n), 0);
                if (value != null) {
                    object.set(row.getFields().get(n).getName().get(), value);
                }
            }
            return object;
        }
    }

    static JsonNode value(Type type, Block block, int place) {
        if (block.isNull(place)) {
            return null;
        }
        return switch (type) {
            case VarcharType text -> TextNode.valueOf(text.getSlice(block, place).toStringUtf8());
            case BigintType number -> LongNode.valueOf(number.getLong(block, place));
            case DoubleType number -> DoubleNode.valueOf(number.getDouble(block, place));
            case BooleanType flag -> BooleanNode.valueOf(flag.getBoolean(block, place));
            case RowType row -> {
                var held = row.getObject(block, place);
                var object = JsonNodeFactory.instance.objectNode();
                for (int n = 0; n < row.getFields().size(); n++) {
                    RowType.Field field = row.getFields().get(n);
                    JsonNode inner = value(field.getType(), held.getRawFieldBlock(n), held.getRawIndex());
                    if (inner != null) {
                        object.set(field.getName().get(), inner);
                    }
                }
                yield object;
            }
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    /** Reads the columns of a statement: `name` type, types as Hive writes them. */
    static class Columns {
        final String text;
        int at = 0;

        Columns(String text) {
            this.text = text.replaceAll("\\s+", " ").strip();
        }

        List<RowType.Field> fields() {
            List<RowType.Field> fields = new ArrayList<>();
            do {
                int open = text.indexOf('`', at);
                int close = text.indexOf('`', open + 1);
                at = close + 2;
                fields.add(RowType.field(text.substring(open + 1, close), type()));
            } while (at < text.length() && text.charAt(at++) == ',');
            return fields;
        }

        Type type() {
            if (skips("struct<")) {
                return RowType.from(fields());
            }
            return skips("string") ? VarcharType.VARCHAR
                : skips("bigint") ? BigintType.BIGINT
                : skips("double") ? DoubleType.DOUBLE
                : skips("boolean") ? BooleanType.BOOLEAN
                : unknown();
        }

        boolean skips(String word) {
            boolean is = text.startsWith(word, at);
            at += is ? word.length() : 0;
            return is;
        }

        Type unknown() {
            throw new IllegalArgumentException("no type: " + text.substring(at));
        }
    }
}
