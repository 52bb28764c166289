//! Rails' own log: the lines of a request become one event. [`line`] reads single lines, [`flow`] tells which stand
//! together, [`block`] makes the fields of such lines, and [`requests`] puts those together that others stand between.

mod block;
mod flow;
mod line;
mod requests;
#[cfg(test)]
mod tests;

use super::{Format, LogEvent, RecordState, Refusal, hyrax_fixity, lograge, stanford_sdr};
use crate::emit::Emit;
use crate::scan::log_time::Context;
use crate::scan::{ansi, tagged_line};
use block::Block;
use flow::Flow;
use line::Said;
use requests::Requests;

/// The registry's entry.
pub const FORMAT: Format = Format {
    name: "rails",
    title: "Logs of Ruby on Rails, and of Ruby's Logger",
    doc: "Reads the lines of a request (`Started GET \"/path\" for …`, `Processing by C#a as HTML`, `Parameters: {…}`, \
          `Redirected to …`, `Completed 200 OK in 12ms (Views: 1.0ms | ActiveRecord: 2.0ms)`; Rails 3 to 8 by \
          `Rails::Rack::Logger` and `ActionController::LogSubscriber`, and the lines of Rails 1 and 2) and makes one event \
          of them. Before them may stand what Ruby's `Logger::Formatter` writes \
          (`I, [2024-05-06T07:08:09.123456 #4711]  INFO -- : `), tags \
          (<https://api.rubyonrails.org/classes/ActiveSupport/TaggedLogging.html>), the head of syslog or Heroku, or any text \
          that ends with a colon or bracket (`catchwater.fields.prefix`). Colours are left out.\n\n\
          Lines are joined that stand together in one raw record. Those of one request id (a tag that is a UUID or 32 \
          hexadecimal digits), else of one process, are also joined where lines of others stand between, until a process is \
          seen to answer two requests at once: then its lines are joined only where they stand together. A request \
          without its `Completed` is an event with what is there. Lines that are read into no field (`Rendered …`, \
          statements, what the application says) are `message`; an exception behind a failed request is `error.*` with its \
          trace. Outside a request, a statement (`User Load (0.4ms)  SELECT …`) is a query in SQL, and any other line with \
          a known prefix a `log` event.\n\n\
          `source.ip` is the address that Rails takes for the client's. Views and database are `rails.view_runtime_ms` and \
          `rails.db_runtime_ms`; other parts of the line (`Allocations`, `GC`, `Solr`) are free fields of their names, in \
          their own units; `format`, `parameters` and `location` too. The text of the parameter `q` is \
          `catchwater.query.text` where the URL has none. The operation is method and path; of requests without a path \
          `Controller#action`. The session's id that old versions write is left out. Times of the logger have no zone: \
          that of the request's first line counts, else the route's.",
    example: "I, [2024-05-06T07:08:09.123456 #4711]  INFO -- : [f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb] Started GET \"/catalog?q=maps\" for 203.0.113.9 at 2024-05-06 07:08:09 +0200",
    detect,
    parse,
    finish: Some(|state, emit| state.of::<Requests>(FORMAT.name).emit_all(emit)),
    continues: Some(|group, line| {
        let head = &group.text[..group.text.floor_char_boundary(flow::MOST_PREFIX)];
        let first = head.split('\n').next().unwrap_or_default();
        let mut flow = Flow::from_state(*group.state, group.text);
        // A log event of many lines goes on if its first one does.
        let mut lines = line.split('\n');
        let goes_on = flow.goes_on(first, lines.next().unwrap_or_default(), is_others);
        if goes_on {
            for line in lines {
                flow.goes_on(first, line, is_others);
            }
            *group.state = flow.state();
        }
        goes_on
    }),
    ..Format::DEFAULTS
};

fn is_others(line: &str) -> bool {
    super::detect(line).is_some_and(|format| format.name != FORMAT.name)
}

fn detect(message: &str) -> bool {
    let first = message.split('\n').next().unwrap_or_default();
    let may = first.contains("Started ")
        || first.contains("Processing ")
        || first.contains("Completed ")
        || first.as_bytes().get(1) == Some(&b',');
    if !may {
        return false;
    }
    let plain = ansi::stripped(first);
    if tagged_line::is_formatted(&plain) {
        // Others know more of what such a line tells.
        let others = [&lograge::FORMAT, &hyrax_fixity::FORMAT, &stanford_sdr::FORMAT];
        return !others.iter().any(|format| (format.detect)(&plain));
    }
    let line = flow::cut(&plain, flow::ANY_TIME);
    // Behind a head of syslog the line is syslog's.
    if line.time.is_some() {
        return false;
    }
    match line::read(line.text, flow::ANY_TIME) {
        Said::Started(started) => started.target.starts_with('/') && started.time.is_some(),
        Said::Processing(processing) => !processing.method.is_empty() || line.text.contains(" as "),
        Said::Completed(completed) => completed.status.is_some(),
        _ => false,
    }
}

fn parse(state: &mut RecordState, event: LogEvent<'_>, emit: &mut Emit<'_>) -> Result<(), Refusal> {
    let context = Context { zone_seconds: event.zone_seconds, near: event.time };
    let groups = flow::groups(event.message, is_others);
    let requests = state.of::<Requests>(FORMAT.name);
    let is_one = groups.len() == 1;
    for (n, (seen, text)) in groups.into_iter().enumerate() {
        let plain = ansi::stripped(text);
        let block = Block::read(&plain, context);
        if n == 0 && !block.is_rails() {
            return Err(Refusal("no_rails_line"));
        }
        if !is_one {
            // More than one request in one log event: its identity is that of none.
            requests::emit_block(&block, emit);
            continue;
        }
        let first = flow::cut(plain.split('\n').next().unwrap_or_default(), context);
        requests.add(flow::key(&first), seen, text, (context, &block), emit);
    }
    Ok(())
}
