import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/** For each two lines read, a folder and a file of settings, a Neo4j server in that folder; it says its port when it is ready. */
class Neo4jForTests {
    public static void main(String[] args) {
        try (var lines = new BufferedReader(new InputStreamReader(System.in))) {
            for (String folder; (folder = lines.readLine()) != null; ) {
                var server = new DatabaseManagementServiceBuilder(Path.of(folder))
                    .loadPropertiesFromFile(Path.of(lines.readLine()))
                    .build();
                var database = (GraphDatabaseAPI) server.database("neo4j");
                var ports = database.getDependencyResolver().resolveDependency(ConnectorPortRegister.class);
                System.out.println(ports.getLocalAddress(ConnectorType.BOLT).getPort());
            }
        } catch (Exception error) {
            error.printStackTrace();
        }
        System.exit(0);  // The servers before would keep it.
    }
}
