import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.*;
import java.time.temporal.ChronoUnit;
import java.util.*;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.expressions.*;
import org.apache.iceberg.hadoop.HadoopTables;
import org.apache.iceberg.types.*;

/**
 * Reads Iceberg tables by the reference implementation: table directories in, a line of JSON for each out.
 * The spelling of values is that of test/helpers/canonical.ts.
 */
public class ReadTables {
  public static void main(String[] directories) {
    for (String directory : directories) {
      try {
        System.out.println("{\"rows\":" + read(directory) + "}");
      } catch (Throwable error) {
        System.out.println("{\"error\":" + text(String.valueOf(error)) + "}");
      }
    }
  }

  static String read(String directory) throws Exception {
    Table table = new HadoopTables(new Configuration()).load(directory);
    List<Record> records = records(table, Expressions.alwaysTrue());
    checkPruning(table, records);
    StringJoiner rows = new StringJoiner(",", "[", "]");
    for (Record record : records) rows.add(canonical(table.schema().asStruct(), record));
    return rows.toString();
  }

  static List<Record> records(Table table, Expression filter) throws Exception {
    List<Record> records = new ArrayList<>();
    try (var found = IcebergGenerics.read(table).where(filter).build()) {
      found.forEach(record -> records.add(record.copy()));
    }
    return records;
  }

  /** Asks for every value of every column: files whose partition or bounds exclude a row that they hold lose it. */
  static void checkPruning(Table table, List<Record> records) throws Exception {
    for (Types.NestedField column : table.schema().columns()) {
      if (!column.type().isPrimitiveType()) continue;
      Map<Object, Long> counts = new LinkedHashMap<>();
      for (Record record : records) {
        Object value = record.getField(column.name());
        if (value != null && !(value instanceof Number n && Double.isNaN(n.doubleValue()))) counts.merge(value, 1L, Long::sum);
      }
      for (var expected : counts.entrySet()) {
        Object value = expected.getKey();
        Object literal = value instanceof java.time.temporal.Temporal ? value.toString() : value;
        long found = records(table, Expressions.equal(column.name(), literal)).size();
        if (found != expected.getValue()) {
          throw new IllegalStateException(
              column.name() + " = " + value + " finds " + found + " rows of " + expected.getValue() + ": statistics mislead it");
        }
      }
    }
  }

  static String canonical(Type type, Object value) {
    if (value == null) return "null";
    switch (type.typeId()) {
      case STRUCT: {
        StringJoiner members = new StringJoiner(",", "{", "}");
        Record record = (Record) value;
        for (Types.NestedField field : type.asStructType().fields()) {
          members.add(text(field.name()) + ":" + canonical(field.type(), record.getField(field.name())));
        }
        return members.toString();
      }
      case LIST: {
        StringJoiner items = new StringJoiner(",", "[", "]");
        for (Object item : (List<?>) value) items.add(canonical(type.asListType().elementType(), item));
        return items.toString();
      }
      case MAP: {
        TreeMap<String, String> pairs = new TreeMap<>();
        Types.MapType map = type.asMapType();
        ((Map<?, ?>) value).forEach((k, v) -> pairs.put(String.valueOf(k), canonical(map.valueType(), v)));
        StringJoiner items = new StringJoiner(",", "[", "]");
        pairs.forEach((k, v) -> items.add("[" + text(k) + "," + v + "]"));
        return items.toString();
      }
      case BOOLEAN:
        return value.toString();
      case FLOAT:
      case DOUBLE: {
        double number = ((Number) value).doubleValue();
        return text(Double.isNaN(number) ? "NaN" : String.format("%016x", Double.doubleToRawLongBits(number)));
      }
      case DATE:
        return text(String.valueOf(((LocalDate) value).toEpochDay()));
      case TIMESTAMP: {
        OffsetDateTime time = value instanceof OffsetDateTime zoned ? zoned : ((LocalDateTime) value).atOffset(ZoneOffset.UTC);
        return text(String.valueOf(ChronoUnit.MICROS.between(Instant.EPOCH.atOffset(ZoneOffset.UTC), time)));
      }
      case DECIMAL:
        return text(((BigDecimal) value).toPlainString());
      case BINARY:
      case FIXED: {
        ByteBuffer bytes = value instanceof ByteBuffer buffer ? buffer.duplicate() : ByteBuffer.wrap((byte[]) value);
        StringBuilder hex = new StringBuilder();
        while (bytes.hasRemaining()) hex.append(String.format("%02x", bytes.get()));
        return text(hex.toString());
      }
      default:
        return text(value.toString());
    }
  }

  /** A JSON string in ASCII. */
  static String text(String value) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < 32 || c > 126) json.append(String.format("\\u%04x", (int) c));
      else json.append(c);
    }
    return json.append('"').toString();
  }
}
