-- What could not pass (docs/operations.md), as Firehose and the functions lay it down: one letter a line. `bytes` holds what
-- came, also what redaction would have hidden: give this table fewer readers than the events.
CREATE EXTERNAL TABLE IF NOT EXISTS catchwater_dead_letters (
  `version` bigint,
  `id` string,
  `stage` string,
  `sink` string,
  `reason` string,
  `detail` string,
  `origin` struct<`stream`:string,
    `shard`:string,
    `sequence_number`:string,
    `partition_key`:string,
    `arrival_millis`:bigint,
    `user_record`:bigint,
    `log_event`:struct<`account`:string,`log_group`:string,`log_stream`:string,`id`:string,`timestamp_millis`:bigint>,
    `ordinal`:bigint>,
  `first_try_millis` bigint,
  `last_try_millis` bigint,
  `tries` bigint,
  `bytes` string
)
PARTITIONED BY (`day` string, `hour` int)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('case.insensitive' = 'FALSE')
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://BUCKET/dead-letters/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2026/01/01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'projection.hour.type' = 'integer',
  'projection.hour.range' = '0,23',
  'projection.hour.digits' = '2',
  'storage.location.template' = 's3://BUCKET/dead-letters/${day}/${hour}/'
)
