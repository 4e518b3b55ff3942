// What is asked of a Hive metastore, of releases 2.3 to 4: the few calls and fields that it takes.
// Numbers and names are those of Hive's own interface (standalone-metastore, hive_metastore.thrift);
// fields that are not named here are passed over.

exception MetaException { 1: string message }
exception NoSuchObjectException { 1: string message }

struct FieldSchema { 1: string name, 2: string type }
struct StorageDescriptor { 1: list<FieldSchema> cols }
struct Table {
  1: string tableName,
  2: string dbName,
  7: StorageDescriptor sd,
  8: list<FieldSchema> partitionKeys,
  9: map<string, string> parameters,
  12: string tableType,
}
struct TableMeta { 1: string dbName, 2: string tableName, 3: string tableType }

service Metastore {
  list<TableMeta> get_table_meta(1: string db_patterns, 2: string tbl_patterns, 3: list<string> types)
    throws (1: MetaException unable)
  Table get_table(1: string db, 2: string name)
    throws (1: MetaException unable, 2: NoSuchObjectException gone)
}
