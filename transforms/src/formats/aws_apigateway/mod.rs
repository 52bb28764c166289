//! Access logs of Amazon API Gateway: lines whose layout and names the owner of the API chooses
//! (<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html>).

mod access;
mod names;
mod object;
#[cfg(test)]
mod tests;
mod text;

use super::{Format, LogEvent, RecordState, Refusal};
use crate::emit::Emit;
use crate::options::Options;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "aws_apigateway",
    title: "Amazon API Gateway: access logs of REST, HTTP and WebSocket APIs",
    doc: "Reads access logs in the four ways that the console offers (JSON, CLF, CSV and XML), of REST, HTTP and WebSocket \
          APIs. In JSON and XML the names are the API owner's: a `$context` variable is known by its own name in any \
          spelling (`httpMethod`, `http_method`, `context.httpMethod`, nested as `identity.sourceIp`), and by the short \
          names of the documentation's examples (`ip`, `caller`, `user`, `status` …). Names of other kinds are \
          given by the route's option `names`. `-` means that there is nothing. Numbers may be written as texts. \
          CLF and CSV are known with the columns of the documentation only.\n\n\
          `catchwater.operation` is the route's key (`GET /pets/{id}`, `$connect`), else method and resource path. The \
          path is that of the request where it is logged (`$context.path`); a resource's path is a template and stays \
          `aws.apigateway.resource_path`. `event.duration` is the response's latency. The time is `requestTimeEpoch`, \
          else `requestTime`, else the log event's. The user is `identity.user` or a user name among the claims; its id \
          the authorizer's principal, the claim `sub`, the caller, or the user's ARN, the first that is there. \
          Other values are under `catchwater.fields` by the owner's names.\n\n\
          Sources of the layouts: API Gateway's developer guide, \
          [REST](https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html), \
          [HTTP](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html), \
          [WebSocket](https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html), \
          [variables](https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html).",
    example: r#"{"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","extendedRequestId":"JKJaXmPLvHcESHA=","ip":"192.0.2.7","caller":"-","user":"-","requestTime":"10/Oct/2024:13:55:36 +0000","httpMethod":"GET","resourcePath":"/pets/{id}","status":"200","protocol":"HTTP/1.1","responseLength":"1024"}"#,
    detect,
    parse,
    options: Some(Options { keys: names::OPTION_KEYS, read: names::read_options }),
    ..Format::DEFAULTS
};

fn detect(message: &str) -> bool {
    match message.as_bytes().first() {
        Some(b'{') => object::is_sure(message),
        Some(_) => text::is_sure(message),
        None => false,
    }
}

fn parse(_: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let message = event.message.trim();
    let access = match message.as_bytes().first() {
        Some(b'{') => object::read(message, event)?,
        Some(b'<') => text::xml(message, event)?,
        _ => text::columns(message, event)?,
    };
    access.emit(emit)
}
