-- The raw stream as it came, by the transform's mode `wrap`: one raw record a line, with its place on the stream. `data` is
-- base64: from_base64(data) gives the bytes, most often gzip. Nothing in it is redacted: give this table fewer readers than
-- the events.
CREATE EXTERNAL TABLE IF NOT EXISTS catchwater_raw (
  `stream` string,
  `shard` string,
  `sequence_number` string,
  `partition_key` string,
  `arrival_millis` bigint,
  `user_record` bigint,
  `data` string
)
PARTITIONED BY (`day` string, `hour` int)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('case.insensitive' = 'FALSE')
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://BUCKET/raw/'
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
  'storage.location.template' = 's3://BUCKET/raw/${day}/${hour}/'
)
