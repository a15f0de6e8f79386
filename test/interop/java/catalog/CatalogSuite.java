import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.catalog.CatalogTests;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.RESTCatalog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Iceberg's own tests of catalogs, by its own client, against the catalog at -Dfirn.uri over the folder -Dfirn.warehouse. */
public class CatalogSuite extends CatalogTests<RESTCatalog> {
  private RESTCatalog catalog;

  @BeforeEach
  void open() {
    catalog = initCatalog("firn", Map.of());
  }

  @AfterEach
  void close() throws Exception {
    for (Namespace namespace : catalog.listNamespaces()) {
      if (namespace.toString().equals("firn")) continue;
      catalog.listTables(namespace).forEach(table -> catalog.dropTable(table, true));
      catalog.dropNamespace(namespace);
    }
    catalog.close();
  }

  @Override
  protected RESTCatalog catalog() {
    return catalog;
  }

  /** The suite expects these defaults and overrides of every client. */
  @Override
  protected RESTCatalog initCatalog(String name, Map<String, String> more) {
    Map<String, String> properties = new HashMap<>(more);
    for (int i = 1; i <= 2; i++) properties.putIfAbsent("table-default.default-key" + i, "catalog-default-key" + i);
    for (int i = 3; i <= 4; i++) properties.putIfAbsent("table-override.override-key" + i, "catalog-override-key" + i);
    properties.put("uri", System.getProperty("firn.uri"));
    RESTCatalog client = new RESTCatalog();
    client.initialize(name, properties);
    return client;
  }

  /** A table lies in its folder of the warehouse, and nowhere else. */
  @Override
  protected String baseTableLocation(TableIdentifier table) {
    return "file://" + System.getProperty("firn.warehouse") + "/" + table.namespace() + "/" + table.name();
  }

  @Override
  protected boolean requiresNamespaceCreate() {
    return true;
  }

  @Override
  protected boolean supportsNestedNamespaces() {
    return false;
  }

  @Override
  protected boolean supportsServerSideRetry() {
    return true;
  }

  @Override
  protected boolean supportsNamesWithSlashes() {
    return false;
  }

  @Override
  protected boolean supportsNamesWithDot() {
    return false;
  }
}
