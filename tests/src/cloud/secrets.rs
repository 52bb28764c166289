//! Secrets Manager, and Systems Manager's parameters.

use super::{Cloud, needed};
use serde_json::json;

impl Cloud {
    /// Makes a secret and gives its ARN.
    pub fn create_secret(&self, name: &str, value: &str) -> String {
        let body = json!({"Name": name, "SecretString": value, "ClientRequestToken": name});
        let made = needed(name, self.call("secretsmanager", "secretsmanager", "CreateSecret", &body));
        made["ARN"].as_str().expect("an ARN").into()
    }

    /// Gives a secret a new value, as rotation does.
    pub fn change_secret(&self, name: &str, value: &str) {
        let body = json!({"SecretId": name, "SecretString": value});
        needed(name, self.call("secretsmanager", "secretsmanager", "PutSecretValue", &body));
    }

    /// Puts a parameter of type `SecureString`.
    pub fn put_parameter(&self, name: &str, value: &str) {
        let body = json!({"Name": name, "Value": value, "Type": "SecureString", "Overwrite": true});
        needed(name, self.call("ssm", "AmazonSSM", "PutParameter", &body));
    }
}
