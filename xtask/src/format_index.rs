//! `docs/formats/README.md`: all formats, and how much of what others read in their lines ours read too.

use crate::generate::Known;
use crate::markdown::number;
use crate::score::percent;
use catchwater_score::table::Row;

/// The page.
pub fn text(formats: &[Known]) -> String {
    let mut text = String::from(
        "# Formats\n\nGenerated from `transforms/src/formats/` by `cargo xtask generate`. A line that its format refuses \
         comes out as `plain`, with the reason in `catchwater.parse_failure`, and is counted; `catchwater explain LINE` \
         tells what every format says of a line.\n\n\
         Where no route names a format, they are asked in this order.\n\n\
         | format | lines of | kinds | values that agree |\n|---|---|---|---|\n",
    );
    for Known { format, filled, row, .. } in formats {
        let kinds: Vec<String> = filled.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        text.push_str(&format!(
            "| [`{0}`]({0}.md) | {1} | {2} | {3} |\n",
            format.name,
            format.title,
            kinds.join(", "),
            percent(row.agree, row.values)
        ));
    }
    text.push_str(
        "\n## How much agrees\n\nThe formats are held against log lines that others published, and against what they or an \
         independent reader made of them: `cargo xtask score` ([where they are from](../../transforms/testdata/), each \
         format's page says under which licence). *Parsed*: of the log events that are of the format. *Refused*: of those \
         that are not, or are broken. *Agree*: of the expected values; of the rest each is listed with the reason why ours is \
         another. Formats marked with * have cases in this repository only.\n\n\
         | format | cases | lines | events | parsed | refused | values | agree | differ, listed |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for known in formats.iter().filter(|known| known.row.cases > 0) {
        let name = format!("`{}`{}", known.format.name, if known.of_corpus { "" } else { " \\*" });
        let listed = match known.row.listed {
            0 => "0".to_string(),
            listed => format!(
                "[{}](../../transforms/testdata/{}/DIFFERENCES.md)",
                number(listed),
                known.format.name
            ),
        };
        row(&mut text, &name, &known.row, &listed);
    }
    let sum = Row::sum(formats.iter().map(|known| &known.row));
    row(&mut text, "all", &sum, &number(sum.listed));
    text
}

fn row(text: &mut String, name: &str, row: &Row, listed: &str) {
    text.push_str(&format!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {listed} |\n",
        number(row.cases),
        number(row.lines),
        number(row.events),
        percent(row.parsed, row.log_events),
        percent(row.refused, row.invalid),
        number(row.values),
        percent(row.agree, row.values),
    ));
}
