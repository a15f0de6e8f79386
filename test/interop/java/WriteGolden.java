import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.*;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.*;
import org.apache.iceberg.data.*;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.encryption.EncryptionKeyMetadata;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.io.*;
import org.apache.iceberg.types.Types;

/** Writes the golden tables of Iceberg's Java implementation. See test/golden/tables/README.md. */
public class WriteGolden {
  static final HadoopTables tables = new HadoopTables(new Configuration());
  static int files = 0;

  public static void main(String[] args) throws Exception {
    deletes(args[0] + "/java-position-deletes");
    evolved(args[0] + "/java-evolved");
    equality(args[0] + "/java-equality-deletes");
  }

  /** Rows of two partitions; some are deleted, and one of them comes back. */
  static void deletes(String folder) throws Exception {
    Schema schema = new Schema(
        Types.NestedField.required(1, "id", Types.LongType.get()),
        Types.NestedField.optional(2, "kind", Types.StringType.get()),
        Types.NestedField.optional(3, "key", Types.UUIDType.get()),
        Types.NestedField.optional(4, "four", Types.FixedType.ofLength(4)),
        Types.NestedField.optional(5, "price", Types.DecimalType.of(20, 4)));
    PartitionSpec spec = PartitionSpec.builderFor(schema).identity("kind").build();
    Table table = create(schema, spec, folder);
    DataFile a = write(table, List.of("a"), row(table, 1L, "a"), row(table, 2L, "a"), row(table, 3L, "a"));
    DataFile b = write(table, List.of("b"), row(table, 4L, "b"), row(table, 5L, "b"));
    table.newAppend().appendFile(a).appendFile(b).commit();
    table.newRowDelta().addDeletes(delete(table, List.of("a"), a, 0, 2)).commit();
    DataFile again = write(table, List.of("a"), row(table, 1L, "a"));
    table.newRowDelta().addRows(again).addDeletes(delete(table, List.of("b"), b, 1)).commit();
  }

  /** Schema and partition spec change between commits; a delete refers to a file of the first spec. */
  static void evolved(String folder) throws Exception {
    Schema schema = new Schema(
        Types.NestedField.required(1, "id", Types.LongType.get()),
        Types.NestedField.optional(2, "n", Types.IntegerType.get()),
        Types.NestedField.optional(3, "s", Types.StructType.of(
            Types.NestedField.optional(4, "x", Types.FloatType.get()),
            Types.NestedField.optional(5, "y", Types.StringType.get()))),
        Types.NestedField.optional(6, "l", Types.ListType.ofOptional(7, Types.StructType.of(
            Types.NestedField.optional(8, "p", Types.IntegerType.get())))));
    Table table = create(schema, PartitionSpec.unpartitioned(), folder);
    Record struct = GenericRecord.create(schema.findType("s").asStructType());
    Record element = GenericRecord.create(schema.findType("l").asListType().elementType().asStructType());
    DataFile first = write(table, List.of(),
        record(table, Map.of("id", 1L, "n", 1, "s", struct.copy(Map.of("x", 0.5f, "y", "why")),
            "l", Arrays.asList(element.copy(Map.of("p", 1)), null))),
        record(table, Map.of("id", 2L)),
        record(table, Map.of("id", 3L, "n", Integer.MIN_VALUE)));
    table.newAppend().appendFile(first).commit();
    table.updateSchema()
        .renameColumn("n", "number").updateColumn("n", Types.LongType.get())
        .renameColumn("s.y", "z").updateColumn("s.x", Types.DoubleType.get())
        .renameColumn("l.element.p", "q").commit();
    // The names that became free are those of other columns now.
    table.updateSchema().addColumn("s", "y", Types.LongType.get())
        .addColumn("n", Types.StringType.get()).moveFirst("n").commit();
    table.updateSpec().addField(org.apache.iceberg.expressions.Expressions.truncate("n", 1)).commit();
    table.refresh();
    Record wider = GenericRecord.create(table.schema().findType("s").asStructType());
    DataFile second = write(table, List.of("b"),
        record(table, Map.of("id", 4L, "n", "bb", "number", Long.MAX_VALUE,
            "s", wider.copy(Map.of("x", 1e300, "z", "zed", "y", 7L)))));
    table.newAppend().appendFile(second).commit();
    PartitionSpec unpartitioned = table.specs().get(0);
    table.newRowDelta().addDeletes(deleteOf(table, unpartitioned, null, first, 1)).commit();
  }

  /** Rows deleted by what is in them: in a partition and in all, by a null, by a column that is renamed; one by position. */
  static void equality(String folder) throws Exception {
    Schema schema = new Schema(
        Types.NestedField.required(1, "id", Types.LongType.get()),
        Types.NestedField.optional(2, "kind", Types.StringType.get()),
        Types.NestedField.optional(3, "n", Types.IntegerType.get()),
        Types.NestedField.optional(4, "price", Types.DecimalType.of(20, 4)));
    Table table = create(schema, PartitionSpec.unpartitioned(), folder);
    DataFile mixed = write(table, List.of(), priced(table, 1, "a"), priced(table, 2, "b"), priced(table, 3, "c"));
    table.newAppend().appendFile(mixed).commit();
    table.updateSpec().addField("kind").commit();
    table.refresh();
    PartitionData inA = partition(table.spec(), List.of("a"));
    Record withoutNumber = record(table, Map.of("id", 6L, "kind", "a"));
    DataFile a = write(table, List.of("a"), priced(table, 4, "a"), priced(table, 5, "a"), withoutNumber);
    DataFile b = write(table, List.of("b"), priced(table, 4, "b"), priced(table, 7, "b"), priced(table, 8, "b"));
    table.newAppend().appendFile(a).appendFile(b).commit();
    table.newRowDelta()
        // 2 and 7 wherever they are; in a, 4 by two columns, and what has no number.
        .addDeletes(equal(table, table.specs().get(0), null, List.of("id"), priced(table, 2, ""), priced(table, 7, "")))
        .addDeletes(equal(table, table.spec(), inA, List.of("id", "price"), priced(table, 4, "a")))
        .addDeletes(equal(table, table.spec(), inA, List.of("n"), withoutNumber))
        .addDeletes(delete(table, List.of("b"), b, 2))
        .commit();
    table.newAppend().appendFile(write(table, List.of("b"), priced(table, 2, "b"))).commit();
    table.updateSchema().renameColumn("n", "number").commit();
  }

  static Record priced(Table table, int id, String kind) {
    return record(table, Map.of("id", (long) id, "kind", kind, "n", -id, "price", new BigDecimal("-1234567890123456.789" + id)));
  }

  static DeleteFile equal(Table table, PartitionSpec spec, PartitionData partition, List<String> columns, Record... rows)
      throws Exception {
    Schema compared = table.schema().select(columns);
    int[] ids = columns.stream().mapToInt(name -> compared.findField(name).fieldId()).toArray();
    var writer = new GenericAppenderFactory(table.schema(), spec, ids, compared, null).newEqDeleteWriter(
        EncryptedFiles.encryptedOutput(output(table, "equal"), EncryptionKeyMetadata.EMPTY), FileFormat.PARQUET, partition);
    try (writer) {
      for (Record row : rows) {
        Record own = GenericRecord.create(compared);
        for (String name : columns) own.setField(name, row.getField(name));
        writer.write(own);
      }
    }
    return writer.toDeleteFile();
  }

  static Table create(Schema schema, PartitionSpec spec, String folder) {
    return tables.create(schema, spec, Map.of("format-version", "2", "write.parquet.compression-codec", "zstd"), folder);
  }

  static Record row(Table table, long id, String kind) {
    return record(table, Map.of("id", id, "kind", kind, "key", new UUID(id, -id), "four", new byte[] {1, 2, 3, (byte) -id},
        "price", new BigDecimal("-1234567890123456.789" + id)));
  }

  static Record record(Table table, Map<String, Object> values) {
    return GenericRecord.create(table.schema()).copy(values);
  }

  static PartitionData partition(PartitionSpec spec, List<String> values) {
    PartitionData partition = new PartitionData(spec.partitionType());
    for (int i = 0; i < values.size(); i++) partition.set(i, values.get(i));
    return partition;
  }

  static OutputFile output(Table table, String kind) {
    files += 1;
    return table.io().newOutputFile(table.location() + "/data/" + kind + "-" + files + ".parquet");
  }

  static DataFile write(Table table, List<String> values, Record... rows) throws Exception {
    PartitionSpec spec = table.spec();
    var writer = new GenericAppenderFactory(table.schema(), spec).newDataWriter(
        EncryptedFiles.encryptedOutput(output(table, "data"), EncryptionKeyMetadata.EMPTY), FileFormat.PARQUET,
        spec.isUnpartitioned() ? null : partition(spec, values));
    try (writer) {
      for (Record row : rows) writer.write(row);
    }
    return writer.toDataFile();
  }

  static DeleteFile delete(Table table, List<String> values, DataFile file, long... positions) throws Exception {
    return deleteOf(table, table.spec(), partition(table.spec(), values), file, positions);
  }

  static DeleteFile deleteOf(Table table, PartitionSpec spec, PartitionData partition, DataFile file, long... positions)
      throws Exception {
    PositionDeleteWriter<Record> writer = new GenericAppenderFactory(table.schema(), spec).newPosDeleteWriter(
        EncryptedFiles.encryptedOutput(output(table, "deletes"), EncryptionKeyMetadata.EMPTY), FileFormat.PARQUET, partition);
    try (writer) {
      for (long position : positions) writer.write(PositionDelete.<Record>create().set(file.location(), position, null));
    }
    return writer.toDeleteFile();
  }
}
