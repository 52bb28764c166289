-- The five questions for Athena, on the table of events.sql. `latest` is each event once, in its highest revision: an
-- object may hold an event again, and a correction is a further line. Write your days and times; `day` is when Firehose
-- took the event (UTC), `event_time` when it happened, so take some days more than you ask for, up to today where
-- corrections were replayed. Only the folders of these days are read.

-- 1. Who queried which services, how often, first and last?
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT catchwater.who AS who, organization.name AS organization, catchwater.application AS application,
       catchwater.who_class AS class, service.name AS service, count(*) AS queries,
       min(event_time) AS first, max(event_time) AS last
  FROM latest WHERE catchwater.kind = 'service_query'
 GROUP BY 1, 2, 3, 4, 5 ORDER BY queries DESC;

-- 1a. The same over time, by day.
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT substr(event_time, 1, 10) AS date_of, service.name AS service, count(*) AS queries,
       count(DISTINCT catchwater.who) AS different_who
  FROM latest WHERE catchwater.kind = 'service_query'
 GROUP BY 1, 2 ORDER BY 1, 2;

-- 2. What was asked, by operation: how frequently, with how many errors, how fast?
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT coalesce(catchwater.operation, http.request.method || ' ' || url.path, url.path, event.action,
                http.request.method) AS operation,
       service.name AS service, count(*) AS queries, count(DISTINCT catchwater.who) AS different_who,
       sum(CASE WHEN event.outcome = 'failure' THEN 1
                WHEN event.outcome IS NULL AND http.response.status_code >= 400 THEN 1 ELSE 0 END) AS errors,
       approx_percentile(event.duration, 0.5) AS median_ns, approx_percentile(event.duration, 0.95) AS p95_ns,
       max(event_time) AS last
  FROM latest WHERE catchwater.kind = 'service_query'
 GROUP BY 1, 2 ORDER BY queries DESC;

-- 2a. By the query's normal form.
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT catchwater.query.language AS language, coalesce(catchwater.query.normalized, catchwater.query.text) AS query,
       catchwater.query.fingerprint AS fingerprint, count(*) AS queries, max(event_time) AS last
  FROM latest
 WHERE catchwater.kind = 'service_query'
   AND coalesce(catchwater.query.normalized, catchwater.query.text, catchwater.query.fingerprint) IS NOT NULL
 GROUP BY 1, 2, 3 ORDER BY queries DESC;

-- 3. What does one agent ask? Of a user agent any part may be the name.
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT service.name AS service,
       coalesce(catchwater.operation, http.request.method || ' ' || url.path, url.path, event.action,
                http.request.method) AS operation,
       count(*) AS events, min(event_time) AS first, max(event_time) AS last
  FROM latest
 WHERE catchwater.kind <> 'log'
   AND ('198.51.100.7' IN (catchwater.who, "user".name, "user".id, catchwater.application, organization.name,
                           coalesce(source.address, source.ip), client.ip)
        OR user_agent.original LIKE '%198.51.100.7%')
 GROUP BY 1, 2 ORDER BY events DESC;

-- 4. Which file moved where? Completions; a start is no move yet.
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT event_time, catchwater.action_type AS action_type, event.action AS action,
       coalesce(file.path, file.destination.key, file.source.key, file.name) AS path,
       file.source.bucket AS from_bucket, file.destination.bucket AS to_bucket, catchwater.who AS who,
       file.size AS size_bytes, event.outcome AS outcome, service.name AS service
  FROM latest
 WHERE catchwater.kind = 'file_move'
   AND coalesce(event.type, '') <> 'start' AND coalesce(event.type, '') NOT LIKE '%"start"%'
 ORDER BY event_time;

-- 4a. What was begun and never ended: a start without an end of the same file afterwards, to the same bucket where both
-- name one?
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01'),
moves AS (
  SELECT event_time, coalesce(file.path, file.destination.key, file.source.key, file.name, '') AS path,
         file.destination.bucket AS to_bucket, service.name AS service,
         CASE WHEN event.type = 'start' OR event.type LIKE '%"start"%' THEN 'start'
              WHEN event.type = 'end' OR event.type LIKE '%"end"%' THEN 'end' ELSE '' END AS phase
    FROM latest WHERE catchwater.kind = 'file_move')
SELECT s.event_time, s.path, s.to_bucket, s.service
  FROM moves s
  LEFT JOIN moves e ON e.phase = 'end' AND e.path = s.path AND e.event_time >= s.event_time
                   AND coalesce(e.to_bucket, s.to_bucket, '') = coalesce(s.to_bucket, e.to_bucket, '')
 WHERE s.phase = 'start' AND e.path IS NULL AND s.event_time < '2026-12-01'
 ORDER BY s.event_time;

-- 5. What happened to a preserved object? An event of several objects holds a list of them.
WITH latest AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event.id ORDER BY catchwater.revision DESC) AS place
      FROM catchwater_events WHERE day BETWEEN '2026/11/01' AND '2026/12/02')
   WHERE place = 1 AND event_time >= '2026-11-01' AND event_time < '2026-12-01')
SELECT event_time, coalesce(premis.event.type, event.action) AS type,
       coalesce(premis.event.outcome, event.outcome) AS outcome,
       coalesce(premis.object.identifier, file.path) AS object,
       coalesce(premis.agent.name, catchwater.who) AS agent,
       coalesce(premis.event.outcome_detail, premis.event.detail, message) AS detail
  FROM latest
 WHERE catchwater.kind = 'preservation'
   AND (coalesce(premis.object.identifier, file.path) = 'druid:bc123df4567'
        OR premis.object.identifier LIKE '[%"druid:bc123df4567"%')
 ORDER BY event_time;
