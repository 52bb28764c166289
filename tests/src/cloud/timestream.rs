//! Timestream for LiveAnalytics, on moto: it takes every record, and answers queries with canned rows.

use super::{Cloud, needed};
use serde_json::{Value, json};

impl Cloud {
    /// Makes a database with a table.
    pub fn create_timestream_table(&self, database: &str, table: &str) {
        self.timestream("CreateDatabase", &json!({"DatabaseName": database}));
        let retention =
            json!({"MemoryStoreRetentionPeriodInHours": 24, "MagneticStoreRetentionPeriodInDays": 7});
        let body = json!({"DatabaseName": database, "TableName": table, "RetentionProperties": retention});
        self.timestream("CreateTable", &body);
    }

    /// Calls one operation of Timestream's write API.
    pub fn timestream(&self, operation: &str, body: &Value) -> Value {
        needed(operation, self.call("timestream", "Timestream_20181101", operation, body))
    }

    /// All records that a table was given, as moto keeps them: each as it stood in its call, without the call's
    /// `CommonAttributes`. By moto's own interface, for its queries give canned rows.
    pub fn timestream_records(&self, table: &str) -> Vec<Value> {
        let models = needed("moto's models", self.rest("GET", "s3", "/moto-api/data.json", b"")).json();
        let tables = models["timestreamwrite"]["TimestreamTable"].as_array().cloned().unwrap_or_default();
        let table =
            tables.iter().find(|t| t["name"] == table).unwrap_or_else(|| panic!("no table: {models}"));
        table["records"].as_array().cloned().unwrap_or_default()
    }
}
