//! The columns of the archive's tables for Terraform, which makes them in Glue: out of the statements that make the same tables by
//! hand, so that both ways give one table.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the module `archive` reads them.
pub const FILE: &str = "terraform/modules/archive/columns.json";

/// The file's text: of each table, by its name and its statement, the columns and what the SerDe is told.
pub fn text(statements: &[(&str, String)]) -> Result<String> {
    let mut tables = BTreeMap::new();
    for (name, statement) in statements {
        tables.insert(*name, table(statement).with_context(|| format!("the statement of {name}"))?);
    }
    Ok(serde_json::to_string_pretty(&tables)? + "\n")
}

fn table(statement: &str) -> Result<Value> {
    let between = |from: &str, to: &str| {
        let (_, rest) = statement.split_once(from)?;
        Some(rest.split_once(to)?.0)
    };
    let columns = between(" (\n", "\n)\nPARTITIONED BY").context("it has no columns")?;
    let columns = columns_of(columns).into_iter().map(column).collect::<Result<Vec<_>>>()?;
    let told = between("WITH SERDEPROPERTIES (", ")").context("it tells the SerDe nothing")?;
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let bare = |text: &str| text.trim().trim_matches('\'').to_string();
        Some((bare(key), bare(value)))
    };
    let told: BTreeMap<String, String> = told.split(',').filter_map(pair).collect();
    Ok(json!({"columns": columns, "serde": told}))
}

/// The columns apart: at commas that stand in no type.
fn columns_of(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let ends = |c: char| {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    };
    text.split(ends).collect()
}

/// A column without what Glue has no signs for: backticks, and spaces in a type.
fn column(text: &str) -> Result<Value> {
    let (name, kind) = text.trim().split_once(' ').with_context(|| format!("`{text}` is no column"))?;
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace() && *c != '`').collect::<String>();
    Ok(json!({"name": bare(name), "type": bare(kind)}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_keep_their_objects_and_lose_their_signs() {
        let statement = "CREATE EXTERNAL TABLE IF NOT EXISTS x (\n  `a` string,\n  `o` struct<`b`:string,\n    `c`:struct<`d`:bigint>>\n)\n\
                         PARTITIONED BY (`day` string)\nWITH SERDEPROPERTIES ('one' = 'A', 'mapping.t' = '@t')\n";
        let expected = json!({
            "columns": [{"name": "a", "type": "string"}, {"name": "o", "type": "struct<b:string,c:struct<d:bigint>>"}],
            "serde": {"mapping.t": "@t", "one": "A"},
        });
        assert_eq!(table(statement).expect("a table"), expected);
        assert!(table("CREATE TABLE x").is_err());
    }

    #[test]
    fn glue_takes_the_types_of_all_columns() {
        // A column's type has at most 131,072 bytes, its name 255 (Glue's API, "Column").
        let text = text(&[("events", crate::athena::text())]).expect("a text");
        let tables: Value = serde_json::from_str(&text).expect("JSON");
        let columns = tables["events"]["columns"].as_array().expect("columns");
        assert!(columns.len() > 20, "{}", columns.len());
        for column in columns {
            let [name, kind] = ["name", "type"].map(|part| column[part].as_str().expect("a text"));
            assert!(name.len() <= 255 && kind.len() <= 131_072, "{name}");
            assert_eq!(kind.matches('<').count(), kind.matches('>').count(), "{kind}");
        }
    }
}
