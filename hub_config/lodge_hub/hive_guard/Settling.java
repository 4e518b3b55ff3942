import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hive.metastore.api.*;
import org.apache.thrift.TException;

/** Sees to it that folders of databases are open to whom their owners name. */
public final class Settling {
    private final ThriftHiveMetastore.Iface inner;
    private final Folders folders;
    private final int own;

    /** `own` is the user id of the service. */
    public Settling(ThriftHiveMetastore.Iface inner, Folders folders, int own) {
        this.inner = inner;
        this.folders = folders;
        this.own = own;
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

    /** Has what the service made for a user before folders were users' given to them; nobody waits for it. */
    public void giveLater(final Person who) {
        Thread giving =
                new Thread() {
                    public void run() {
                        try {
                            giveAll(who);
                        } catch (TException error) {
                            System.err.println("Folders of " + who.name + " were not given: " + error);
                        }
                    }
                };
        giving.setDaemon(true);
        giving.start();
    }

    private void giveAll(Person who) throws TException {
        for (Object each : inner.get_all_databases()) {
            Database database = database((String) each);
            if (database.getOwnerType() == PrincipalType.USER && who.login.equals(database.getOwnerName())) {
                give(database.getLocationUri(), who);
            }
            List names = inner.get_all_tables(database.getName());
            for (Object one : inner.get_table_objects_by_name(database.getName(), names)) {
                Table table = (Table) one;
                if (who.login.equals(table.getOwner()) && table.getSd() != null) {
                    give(table.getSd().getLocation(), who);
                }
            }
        }
    }

    private void give(String location, Person who) {
        Path path = location == null || location.isEmpty() ? null : Places.local(location);
        try {
            if (path != null && Places.owner(path) == own) {
                folders.asUser("give", who.name, new String[] {path.toString()});
            }
        } catch (NoSuchFileException missing) {
            return;
        } catch (IOException error) {
            System.err.println(error.getMessage());
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
