import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hive.metastore.api.*;
import org.apache.thrift.TException;

/** Sees to it that folders that the service makes for somebody are theirs, and open to whom they name. */
public final class Settling {
    private final ThriftHiveMetastore.Iface inner;
    private final Folders folders;

    public Settling(ThriftHiveMetastore.Iface inner, Folders folders) {
        this.inner = inner;
        this.folders = folders;
    }

    /** Sees to the folders that a call has made. The call is done: what fails here is logged. */
    public void settle(Person who, String call, Object[] with) {
        try {
            given(who, call, with);
        } catch (TException error) {
            System.err.println("The folders that " + call + " made were not given: " + error);
        }
    }

    private void given(Person who, String call, Object[] with) throws TException {
        switch (call) {
            case "create_database":
                Database database = database(((Database) with[0]).getName());
                folders.give(database.getLocationUri(), who);
                if (writers(database) != null) {
                    open(database);
                }
                break;
            case "alter_database":
                open(database((String) with[0]));
                break;
            case "create_table":
            case "create_table_with_environment_context":
                Table made = (Table) with[0];
                if (!"VIRTUAL_VIEW".equals(made.getTableType())) {
                    String in = Rules.plain(made.getDbName());
                    Table table = inner.get_table(in, Rules.plain(made.getTableName()));
                    folders.give(location(table.getSd()), who);
                }
                break;
            case "add_partition":
            case "add_partition_with_environment_context":
                givePartitions(who, Collections.singletonList(with[0]));
                break;
            case "add_partitions":
                givePartitions(who, (List) with[0]);
                break;
            case "add_partitions_req":
                givePartitions(who, ((AddPartitionsRequest) with[0]).getParts());
                break;
            case "append_partition":
            case "append_partition_with_environment_context":
                List values = (List) with[2];
                givePartition(who, (String) with[0], (String) with[1], values);
                break;
            case "append_partition_by_name":
            case "append_partition_by_name_with_environment_context":
                List named = inner.partition_name_to_vals((String) with[2]);
                givePartition(who, (String) with[0], (String) with[1], named);
                break;
            default:
                break;
        }
    }

    private void givePartitions(Person who, List made) throws TException {
        for (Object each : made) {
            Partition one = (Partition) each;
            String told = location(one.getSd());
            if (told == null || told.isEmpty()) {
                givePartition(who, one.getDbName(), one.getTableName(), one.getValues());
            } else {
                folders.give(told, who);
            }
        }
    }

    private void givePartition(Person who, String database, String name, List values)
            throws TException {
        Partition made = inner.get_partition(Rules.plain(database), Rules.plain(name), values);
        folders.give(location(made.getSd()), who);
    }

    private void open(Database database) {
        folders.open(database.getLocationUri(), writers(database));
    }

    private static String writers(Database database) {
        Map properties = database.getParameters();
        return properties == null ? null : (String) properties.get(Rules.WRITERS);
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

    private Database database(String name) throws TException {
        return inner.get_database(Rules.plain(name));
    }

    private static String location(StorageDescriptor storage) {
        return storage == null ? null : storage.getLocation();
    }
}
