import java.util.Map;
import org.apache.hadoop.hive.metastore.api.*;
import org.apache.thrift.TException;

/** Sees to it that folders of databases are open to whom their owners name. */
public final class Settling {
    private final ThriftHiveMetastore.Iface inner;
    private final Folders folders;

    public Settling(ThriftHiveMetastore.Iface inner, Folders folders) {
        this.inner = inner;
        this.folders = folders;
    }

    /** Opens what a call has said is open. The call is done: what fails here is logged. */
    public void settle(String call, Object[] with) {
        try {
            if (call.equals("create_database")) {
                Database made = database(((Database) with[0]).getName());
                if (writers(made) != null) {
                    open(made);
                }
            } else if (call.equals("alter_database")) {
                open(database((String) with[0]));
            }
        } catch (TException error) {
            System.err.println("What " + call + " opens was not opened: " + error);
        }
    }

    /** Opens to a new user what others have named them for before they were there. */
    public void greet(Person who) throws TException {
        for (Object each : inner.get_all_databases()) {
            Database database = database((String) each);
            if (Rules.listed(who, database.getParameters())) {
                open(database);
            }
        }
    }

    private void open(Database database) {
        folders.open(database.getLocationUri(), writers(database));
    }

    private static String writers(Database database) {
        Map properties = database.getParameters();
        return properties == null ? null : (String) properties.get(Rules.WRITERS);
    }

    private Database database(String name) throws TException {
        return inner.get_database(Rules.plain(name));
    }
}
