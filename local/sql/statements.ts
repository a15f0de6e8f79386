/**
 * SHOW, DESCRIBE, the information schema and prepared statements, by example: a page of the documentation is made of
 * these, and the tests run each on the table that the first shows.
 */

export interface StatementExample {
  /** How it is written. */
  form: string;
  sql: string;
  /** Rows of the answer, a line each: values of a row between tabs. */
  answer: readonly string[];
  note?: string;
}

export const statementExamples: readonly StatementExample[] = [
  {
    form: 'SHOW CREATE TABLE t',
    sql: 'SHOW CREATE TABLE visit',
    answer: [
      'CREATE TABLE firn.visit (',
      "  page string COMMENT 'The page.',",
      '  at timestamp,',
      '  amount decimal(10,2))',
      'PARTITIONED BY (`page`, day(`at`))',
      "LOCATION 'file:///…/warehouse/firn/visit'",
      'TBLPROPERTIES (',
      "  'table_type'='iceberg',",
      "  'format'='parquet',",
      "  'write_compression'='zstd'",
      ')',
    ],
  },
  {
    form: 'SHOW DATABASES',
    sql: 'SHOW DATABASES',
    answer: ['firn'],
    note: 'also `SHOW SCHEMAS`, and `LIKE` with a pattern',
  },
  {
    form: "SHOW TABLES [IN d] ['pattern']",
    sql: "SHOW TABLES 'vis*'",
    answer: ['visit', 'visit_pages'],
    note: 'views too; `*` is any text, `|` means or',
  },
  { form: "SHOW VIEWS [IN d] [LIKE 'pattern']", sql: 'SHOW VIEWS IN firn', answer: ['visit_pages'] },
  { form: 'SHOW COLUMNS IN t', sql: 'SHOW COLUMNS IN visit', answer: ['page', 'at', 'amount'] },
  {
    form: 'SHOW CREATE VIEW v',
    sql: 'SHOW CREATE VIEW visit_pages',
    answer: ['CREATE VIEW firn.visit_pages AS', 'SELECT DISTINCT page FROM visit'],
  },
  {
    form: 'SHOW PARTITIONS t',
    sql: 'SHOW PARTITIONS visit',
    answer: ['page=%2F/at_day=2024-01-31', 'page=null/at_day=2024-02-01'],
  },
  {
    form: 'SHOW TBLPROPERTIES t',
    sql: 'SHOW TBLPROPERTIES visit',
    answer: ['comment\tSomebody came.'],
  },
  {
    form: 'DESCRIBE t',
    sql: 'DESCRIBE visit',
    answer: [
      '# Table schema:\t\t',
      '# col_name\tdata_type\tcomment',
      'page\tstring\tThe page.',
      'at\ttimestamp\t',
      'amount\tdecimal(10, 2)\t',
      '\t\t',
      '# Partition spec:\t\t',
      '# field_name\tfield_transform\tcolumn_name',
      'page\tidentity\tpage',
      'at_day\tday\tat',
    ],
  },
  { form: 'DESCRIBE v', sql: 'DESCRIBE visit_pages', answer: ['page\tvarchar'] },
  {
    form: 'information_schema.tables',
    sql: 'SELECT table_schema, table_name, table_type FROM information_schema.tables ORDER BY 2',
    answer: ['firn\tvisit\tBASE TABLE', 'firn\tvisit_pages\tVIEW'],
  },
  {
    form: 'information_schema.columns',
    sql: "SELECT column_name, ordinal_position, is_nullable, data_type FROM information_schema.columns WHERE table_name = 'visit'",
    answer: ['page\t1\tYES\tvarchar', 'at\t2\tNO\ttimestamp(6)', 'amount\t3\tYES\tdecimal(10,2)'],
  },
  {
    form: 'information_schema.schemata',
    sql: 'SELECT schema_name FROM information_schema.schemata ORDER BY 1',
    answer: ['firn', 'information_schema'],
  },
  {
    form: 'information_schema.views',
    sql: 'SELECT table_name, view_definition FROM information_schema.views',
    answer: ['visit_pages\tSELECT DISTINCT page FROM visit'],
  },
  {
    form: 'PREPARE p FROM statement',
    sql: 'PREPARE cheap FROM SELECT count(*) FROM visit WHERE amount < ? AND page = ?',
    answer: [],
    note: 'belongs to the workgroup and the role; lasts until it is deallocated',
  },
  {
    form: 'EXECUTE p [USING value, …]',
    sql: "EXECUTE cheap USING DECIMAL '2.00', '/'",
    answer: ['1'],
    note: 'values may be execution parameters instead',
  },
  { form: 'DEALLOCATE PREPARE p', sql: 'DEALLOCATE PREPARE cheap', answer: [] },
];
