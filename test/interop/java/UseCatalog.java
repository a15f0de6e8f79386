import java.nio.file.Path;
import java.time.*;
import java.util.*;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.*;
import org.apache.iceberg.catalog.*;
import org.apache.iceberg.data.*;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.deletes.*;
import org.apache.iceberg.encryption.EncryptedFiles;
import org.apache.iceberg.encryption.EncryptionKeyMetadata;
import org.apache.iceberg.exceptions.*;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.*;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.rest.RESTCatalog;
import org.apache.iceberg.types.Types;

/**
 * Iceberg's own implementation at work through the REST catalog, as it is inside Spark and Flink: the endpoint and a
 * file with the ids of all events in, a line of JSON for each check out.
 */
public class UseCatalog {
  static final AtomicInteger files = new AtomicInteger();

  public static void main(String[] args) throws Exception {
    RESTCatalog catalog = new RESTCatalog();
    catalog.initialize("firn", Map.of("uri", args[0] + "/iceberg"));
    List<String> truth = java.nio.file.Files.readAllLines(Path.of(args[1]));
    Table log = catalog.loadTable(TableIdentifier.of("firn", "web_log"));
    check("reads every event that was sent", values(log, "event_id"), truth);

    // Appends beside delivery, of more than one writer at a time.
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      String id = "java-" + i;
      writers.add(new Thread(() -> append(catalog.loadTable(TableIdentifier.of("firn", "web_log")), visit(log, id))));
    }
    for (Thread writer : writers) writer.start();
    for (Thread writer : writers) writer.join();
    log.refresh();
    List<String> all = new ArrayList<>(truth);
    all.addAll(List.of("java-0", "java-1", "java-2"));
    Collections.sort(all);
    check("three writers append to the table of delivery", values(log, "event_id"), all);

    // Deletes by position, in the partition of the row.
    log.newDelete().deleteFromRowFilter(Expressions.equal("event", "java")).commit();
    check("deletes a partition", values(log, "event_id"), truth);
    refused("a table of a contract is not dropped", ForbiddenException.class, () -> catalog.dropTable(TableIdentifier.of("firn", "web_log")));
    refused("nor are its columns", ForbiddenException.class, () -> log.updateSchema().deleteColumn("uri").commit());
    log.updateSchema().addColumn("java_score", Types.DoubleType.get()).commit();
    check("an optional column is added", log.schema().findField("java_score") != null, true);

    Namespace lab = Namespace.of("lab");
    catalog.createNamespace(lab);
    TableIdentifier name = TableIdentifier.of(lab, "notes");
    Schema schema = new Schema(
        Types.NestedField.required(1, "id", Types.LongType.get()), Types.NestedField.optional(2, "words", Types.StringType.get()));
    Transaction create = catalog.buildTable(name, schema).withPartitionSpec(PartitionSpec.builderFor(schema).bucket("id", 4).build()).createTransaction();
    create.newAppend().appendFile(write(create.table(), note(create.table(), 1, "a"))).commit();
    create.commitTransaction();
    Table notes = catalog.loadTable(name);
    check("a table begins with its rows", values(notes, "words"), List.of("a"));
    notes.updateSchema().renameColumn("words", "text").addColumn("n", Types.IntegerType.get()).commit();
    notes.updateSpec().removeField(Expressions.bucket("id", 4)).commit();
    append(notes, note(notes, 2, "b"));
    DataFile both = write(notes, note(notes, 3, "c"));
    notes.newAppend().appendFile(both).commit();
    notes.newRowDelta().addDeletes(deleteFirst(notes, both)).commit();
    check("evolves, and deletes by position", values(notes, "text"), List.of("a", "b"));
    long old = notes.history().get(0).snapshotId();
    notes.manageSnapshots().createBranch("dev", old).createTag("v1", old).commit();
    check("branches and tags", new TreeSet<>(notes.refs().keySet()), new TreeSet<>(Set.of("dev", "main", "v1")));
    long newest = notes.currentSnapshot().snapshotId();
    notes.manageSnapshots().rollbackTo(old).commit();
    check("rolls back", values(notes, "text"), List.of("a"));
    notes.manageSnapshots().setCurrentSnapshot(newest).commit();
    notes.expireSnapshots().expireOlderThan(System.currentTimeMillis()).retainLast(1).commit();
    check("expires what nothing refers to", values(notes, "text"), List.of("a", "b"));
    TableIdentifier memos = TableIdentifier.of(lab, "memos");
    catalog.renameTable(name, memos);
    check("is renamed", values(catalog.loadTable(memos), "text"), List.of("a", "b"));
    refused("a namespace with tables is not dropped", NamespaceNotEmptyException.class, () -> catalog.dropNamespace(lab));
    catalog.dropTable(memos, true);
    catalog.dropNamespace(lab);
    check("all is cleaned up", catalog.listNamespaces(), List.of(Namespace.of("firn")));
    catalog.close();
  }

  static Record visit(Table table, String id) {
    LocalDateTime time = LocalDateTime.of(2026, 1, 2, 3, 4, 5);
    Map<String, Object> values = new HashMap<>(Map.of("event_id", id, "received_at", time, "user_id", "u", "session_id", "s"));
    values.putAll(Map.of("event", "java", "ip", "203.0.113.9", "hostname", "h", "timestamp", time, "uri", "/"));
    return GenericRecord.create(table.schema()).copy(values);
  }

  static Record note(Table table, long id, String words) {
    Record record = GenericRecord.create(table.schema());
    record.set(0, id);
    record.set(1, words);
    return record;
  }

  /** Its own retries may be used up where delivery commits all the time. */
  static void append(Table table, Record record) {
    for (int attempt = 0; ; attempt++) {
      try {
        table.newAppend().appendFile(write(table, record)).commit();
        return;
      } catch (CommitFailedException error) {
        if (attempt == 30) throw error;
        table.refresh();
      }
    }
  }

  static DataFile write(Table table, Record record) {
    try {
      PartitionKey key = new PartitionKey(table.spec(), table.schema());
      key.partition(new InternalRecordWrapper(table.schema().asStruct()).wrap(record));
      DataWriter<Record> writer = new GenericAppenderFactory(table.schema(), table.spec())
          .newDataWriter(target(table), FileFormat.PARQUET, table.spec().isPartitioned() ? key : null);
      try (writer) {
        writer.write(record);
      }
      return writer.toDataFile();
    } catch (java.io.IOException error) {
      throw new java.io.UncheckedIOException(error);
    }
  }

  static DeleteFile deleteFirst(Table table, DataFile file) throws Exception {
    PositionDeleteWriter<Record> writer = new GenericAppenderFactory(table.schema(), table.spec())
        .newPosDeleteWriter(target(table), FileFormat.PARQUET, null);
    try (writer) {
      writer.write(PositionDelete.<Record>create().set(file.location(), 0, null));
    }
    return writer.toDeleteFile();
  }

  static org.apache.iceberg.encryption.EncryptedOutputFile target(Table table) {
    String path = table.locationProvider().newDataLocation("java-" + UUID.randomUUID() + "-" + files.incrementAndGet() + ".parquet");
    return EncryptedFiles.encryptedOutput(table.io().newOutputFile(path), EncryptionKeyMetadata.EMPTY);
  }

  static List<String> values(Table table, String column) throws Exception {
    table.refresh();
    List<String> values = new ArrayList<>();
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table).build()) {
      for (Record row : rows) values.add(String.valueOf(row.getField(column)));
    }
    Collections.sort(values);
    return values;
  }

  static void check(String name, Object found, Object expected) {
    String problem = found.equals(expected) ? "null" : text(shortened(found) + "; expected " + shortened(expected));
    System.out.println("{\"check\":" + text(name) + ",\"problem\":" + problem + "}");
  }

  static void refused(String name, Class<?> kind, Runnable test) {
    try {
      test.run();
      check(name, "done", kind.getSimpleName());
    } catch (Exception error) {
      check(name, error.getClass().getSimpleName(), kind.getSimpleName());
    }
  }

  static String shortened(Object value) {
    String all = String.valueOf(value);
    return all.length() < 300 ? all : all.substring(0, 300) + "…";
  }

  static String text(String value) {
    return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }
}
