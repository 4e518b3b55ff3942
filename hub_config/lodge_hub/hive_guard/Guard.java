import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.hive.metastore.api.*;
import org.apache.thrift.TApplicationException;
import org.apache.thrift.TException;

/**
 * Stands before the metastore's handler and refuses what the rules don't let a person do.
 *
 * It sees every call of the protocol. One that it does not know is refused.
 */
public final class Guard implements InvocationHandler {
    private final ThriftHiveMetastore.Iface inner;
    private final Places places;
    private final Rights rights;
    private final Settling settling;
    private final Door door;
    private final String warehouse;
    private final ThreadLocal served = new ThreadLocal();
    private final Set greeted = ConcurrentHashMap.newKeySet();

    public Guard(
            ThriftHiveMetastore.Iface inner,
            Places places,
            Rights rights,
            Settling settling,
            Door door,
            String warehouse) {
        this.inner = inner;
        this.places = places;
        this.rights = rights;
        this.settling = settling;
        this.door = door;
        this.warehouse = warehouse;
    }

    /** Says whose calls this thread serves from now on; a user's schema is made at the first time. */
    public void serve(Person who) {
        served.set(who);
        if (!who.name.isEmpty() && greeted.add(who.login)) {
            try {
                makeSchema(who);
                settling.greet(who);
                settling.giveLater(who);
            } catch (Throwable error) {
                // The user can go on in `default`; the next start tries again.
                System.err.println("The schema of " + who.name + " could not be made: " + error);
            }
        }
    }

    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        Person who = served.get() == null ? Person.NOBODY : (Person) served.get();
        try {
            if (who.platform || Rules.reads(method.getName())) {
                return method.invoke(inner, arguments);
            }
            admit(who, method.getName(), arguments);
            Object answer = rights.call(who, method, arguments);
            settling.settle(method.getName(), arguments);
            return answer;
        } catch (InvocationTargetException error) {
            throw error.getCause();
        } catch (Refused error) {
            throw told(method, error.getMessage());
        } catch (NoSuchObjectException error) {
            throw told(method, error.getMessage());
        }
    }

    private void admit(Person who, String call, Object[] with) throws TException {
        if (who.name.isEmpty()) {
            throw new Refused(Rules.closed(who, call));
        }
        switch (call) {
            case "create_database":
                createDatabase(who, (Database) with[0]);
                break;
            case "alter_database":
                alterDatabase(who, (String) with[0], (Database) with[1]);
                break;
            case "drop_database":
                ownDatabase(who, "drop", (String) with[0]);
                break;
            case "create_table":
            case "create_table_with_environment_context":
                createTable(who, (Table) with[0]);
                break;
            case "alter_table":
            case "alter_table_with_environment_context":
            case "alter_table_with_cascade":
                alterTable(who, (String) with[0], (String) with[1], (Table) with[2]);
                break;
            case "drop_table":
            case "drop_table_with_environment_context":
                owned(who, "drop", (String) with[0], (String) with[1]);
                break;
            case "add_partition":
            case "add_partition_with_environment_context":
                partitions(who, null, null, Collections.singletonList(with[0]));
                break;
            case "add_partitions":
                partitions(who, null, null, (List) with[0]);
                break;
            case "add_partitions_req":
                AddPartitionsRequest added = (AddPartitionsRequest) with[0];
                partitions(who, added.getDbName(), added.getTblName(), added.getParts());
                break;
            case "alter_partition":
            case "alter_partition_with_environment_context":
                partitions(who, with[0], with[1], Collections.singletonList(with[2]));
                break;
            case "alter_partitions":
            case "alter_partitions_with_environment_context":
                partitions(who, with[0], with[1], (List) with[2]);
                break;
            case "rename_partition":
                partitions(who, with[0], with[1], Collections.singletonList(with[3]));
                break;
            case "append_partition":
            case "append_partition_with_environment_context":
            case "append_partition_by_name":
            case "append_partition_by_name_with_environment_context":
            case "drop_partition":
            case "drop_partition_with_environment_context":
            case "drop_partition_by_name":
            case "drop_partition_by_name_with_environment_context":
            case "delete_partition_column_statistics":
            case "delete_table_column_statistics":
                written(who, (String) with[0], (String) with[1]);
                break;
            case "drop_partitions_req":
                DropPartitionsRequest dropped = (DropPartitionsRequest) with[0];
                // By expressions: the service would make objects of whatever classes a client sends.
                if (dropped.getParts() == null || !dropped.getParts().isSetNames()) {
                    throw new Refused(Rules.closed(who, call));
                }
                written(who, dropped.getDbName(), dropped.getTblName());
                break;
            case "update_table_column_statistics":
            case "update_partition_column_statistics":
                statistics(who, Collections.singletonList(with[0]));
                break;
            case "set_aggr_stats_for":
                statistics(who, ((SetPartitionsStatsRequest) with[0]).getColStats());
                break;
            case "create_function":
                Function made = (Function) with[0];
                ownDatabase(who, "make a function in", made.getDbName());
                made.setOwnerName(who.login);
                made.setOwnerType(PrincipalType.USER);
                break;
            case "alter_function":
                Function changed = (Function) with[2];
                ownDatabase(who, "change a function of", (String) with[0]);
                ownDatabase(who, "make a function in", changed.getDbName());
                changed.setOwnerName(who.login);
                changed.setOwnerType(PrincipalType.USER);
                break;
            case "drop_function":
                ownDatabase(who, "drop a function of", (String) with[0]);
                break;
            default:
                throw new Refused(Rules.closed(who, call));
        }
    }

    private void createDatabase(Person who, Database made) throws TException {
        refuse(Rules.databaseName(made.getName()));
        String proper = databaseFolder(made.getName());
        refuse(places.ofNew(who, given(made.getLocationUri(), proper), proper));
        made.setOwnerName(who.login);
        made.setOwnerType(PrincipalType.USER);
    }

    private void alterDatabase(Person who, String name, Database changed) throws TException {
        Database old = ownDatabase(who, "change", name);
        if (!Rules.plain(changed.getName()).equals(Rules.plain(name))) {
            throw new Refused("The database " + name + " can't get another name.");
        }
        String place = given(changed.getLocationUri(), old.getLocationUri());
        if (!Places.same(place, old.getLocationUri())) {
            refuse(places.ofNew(who, place, databaseFolder(name)));
        }
        if (changed.getOwnerType() != PrincipalType.USER || !user(changed.getOwnerName())) {
            changed.setOwnerName(old.getOwnerName());
            changed.setOwnerType(old.getOwnerType());
        }
    }

    private void createTable(Person who, Table made) throws TException {
        Database database = fillable(who, made.getDbName());
        String proper = database.getLocationUri() + "/" + Rules.plain(made.getTableName());
        // A view has no folder: one that is named all the same would be there if it became a table.
        String otherwise = isView(made) ? null : proper;
        refuseNew(who, given(location(made.getSd()), otherwise), null, proper);
        refuseNew(who, path(made.getSd()), null, proper);
        made.setOwner(who.login);
        made.unsetPrivileges();
    }

    private void alterTable(Person who, String database, String name, Table changed) throws TException {
        Table old = table(database, name);
        String home = inner.get_database(Rules.plain(changed.getDbName())).getLocationUri();
        String proper = home + "/" + Rules.plain(changed.getTableName());
        boolean renamed =
                !Rules.plain(changed.getTableName()).equals(old.getTableName())
                        || !Rules.plain(changed.getDbName()).equals(old.getDbName());
        boolean inside =
                !renamed
                        && Places.same(location(changed.getSd()), location(old.getSd()))
                        && Places.same(path(changed.getSd()), path(old.getSd()))
                        && String.valueOf(changed.getTableType()).equals(old.getTableType())
                        && sameProperty(changed, old, "EXTERNAL");
        if (inside && !Rules.owns(who, old.getOwner())) {
            written(who, database, name);
            changed.setOwner(old.getOwner());
            return;
        }
        owned(who, renamed ? "rename" : "change", database, name);
        if (renamed) {
            fillable(who, changed.getDbName());
            refuse(places.ofNew(who, proper, proper));
        }
        String before = isView(old) ? null : location(old.getSd());
        refuseNew(who, location(changed.getSd()), before, proper);
        refuseNew(who, path(changed.getSd()), path(old.getSd()), proper);
        if (!user(changed.getOwner())) {
            changed.setOwner(old.getOwner());
        }
    }

    private void partitions(Person who, Object database, Object name, List given) throws TException {
        Table table = database == null ? null : written(who, (String) database, (String) name);
        for (Object each : given) {
            Partition partition = (Partition) each;
            if (table == null || !isOf(partition, table)) {
                table = written(who, partition.getDbName(), partition.getTableName());
            }
            String folder = location(table.getSd());
            for (Object place : new Object[] {location(partition.getSd()), path(partition.getSd())}) {
                // Spark hands a partition the path of its table on.
                if (place != null && !Places.same((String) place, path(table.getSd()))) {
                    refuse(places.ofPartition(who, (String) place, given(path(table.getSd()), folder)));
                }
            }
        }
    }

    private void statistics(Person who, List given) throws TException {
        for (Object each : given) {
            ColumnStatisticsDesc told = ((ColumnStatistics) each).getStatsDesc();
            written(who, told.getDbName(), told.getTableName());
        }
    }

    /** Returns the table, which is to be this person's. */
    private Table owned(Person who, String verb, String database, String name) throws TException {
        Table table = table(database, name);
        if (!Rules.owns(who, table.getOwner()) && !Rules.owns(who, owner(database(database)))) {
            String thing = "table " + table.getDbName() + "." + table.getTableName();
            throw new Refused(Rules.refusal(who, verb, thing, called(table.getOwner()), ""));
        }
        return table;
    }

    /** Returns the table, which is to be this person's, or open to them. */
    private Table written(Person who, String database, String name) throws TException {
        Table table = table(database, name);
        Database in = database(database);
        if (!Rules.owns(who, table.getOwner())
                && !Rules.owns(who, owner(in))
                && !Rules.listed(who, in.getParameters())) {
            String thing = "table " + table.getDbName() + "." + table.getTableName();
            throw new Refused(Rules.refusal(who, "change", thing, called(table.getOwner()), opener(in)));
        }
        return table;
    }

    private Database ownDatabase(Person who, String verb, String name) throws TException {
        Database database = database(name);
        if (!Rules.owns(who, owner(database))) {
            String thing = "database " + database.getName();
            throw new Refused(Rules.refusal(who, verb, thing, called(owner(database)), ""));
        }
        return database;
    }

    /** Returns the database, which this person is to be free to make tables in. */
    private Database fillable(Person who, String name) throws TException {
        Database database = database(name);
        if (!database.getName().equals(Rules.COMMON)
                && !Rules.owns(who, owner(database))
                && !Rules.listed(who, database.getParameters())) {
            String thing = "database " + database.getName();
            throw new Refused(
                    Rules.refusal(who, "make a table in", thing, called(owner(database)), opener(database)));
        }
        return database;
    }

    private void makeSchema(Person who) throws Throwable {
        String plain = Rules.schema(who.name);
        for (Object each : new Object[] {plain, plain + "_" + who.uid}) {
            String name = (String) each;
            if (Rules.databaseName(name) != null) {
                continue;
            }
            try {
                if (Rules.owns(who, owner(database(name)))) {
                    return;
                }
            } catch (NoSuchObjectException missing) {
                String place = databaseFolder(name);
                if (places.ofNew(who, place, place) == null) {
                    String told = "Tables of " + who.name;
                    Database made = new Database(name, told, place, Collections.EMPTY_MAP);
                    made.setOwnerName(who.login);
                    made.setOwnerType(PrincipalType.USER);
                    Class[] kinds = new Class[] {Database.class};
                    Method create = ThriftHiveMetastore.Iface.class.getMethod("create_database", kinds);
                    rights.call(who, create, new Object[] {made});
                    return;
                }
            }
        }
    }

    private void refuseNew(Person who, String place, String before, String proper) {
        if (place != null && !place.isEmpty() && !Places.same(place, before)) {
            refuse(places.ofNew(who, place, proper));
        }
    }

    private Table table(String database, String name) throws TException {
        return inner.get_table(Rules.plain(database), Rules.plain(name));
    }

    private Database database(String name) throws TException {
        return inner.get_database(Rules.plain(name));
    }

    private String databaseFolder(String name) {
        return "file:" + warehouse + "/" + Rules.plain(name) + ".db";
    }

    private boolean user(String login) {
        return login != null && !door.account(login).name.isEmpty();
    }

    /** Returns what users know an owner by, "" where it is Lodge itself. */
    private String called(String login) {
        if (login == null) {
            return "";
        }
        Person found = door.account(login);
        return found.platform ? "" : found.name.isEmpty() ? login : found.name;
    }

    /** Returns the database whose owner can let others write, "" where nobody can. */
    private String opener(Database database) {
        return called(owner(database)).isEmpty() ? "" : database.getName();
    }

    private static String owner(Database database) {
        return database.getOwnerType() == PrincipalType.USER ? database.getOwnerName() : null;
    }

    private static boolean isView(Table table) {
        return "VIRTUAL_VIEW".equals(table.getTableType());
    }

    private static boolean isOf(Partition partition, Table table) {
        return Rules.plain(partition.getDbName()).equals(table.getDbName())
                && Rules.plain(partition.getTableName()).equals(table.getTableName());
    }

    private static boolean sameProperty(Table one, Table other, String name) {
        Object first = one.getParameters() == null ? null : one.getParameters().get(name);
        Object second = other.getParameters() == null ? null : other.getParameters().get(name);
        return first == null ? second == null : first.equals(second);
    }

    private static String location(StorageDescriptor storage) {
        return storage == null ? null : storage.getLocation();
    }

    /** Returns where Spark keeps a table of its own kinds, for which Hive's location is not asked. */
    private static String path(StorageDescriptor storage) {
        if (storage == null || storage.getSerdeInfo() == null) {
            return null;
        }
        Map properties = storage.getSerdeInfo().getParameters();
        Iterator each = properties == null ? Collections.emptyIterator() : properties.keySet().iterator();
        while (each.hasNext()) {
            String name = (String) each.next();
            if (name.equalsIgnoreCase("path")) {
                return (String) properties.get(name);
            }
        }
        return null;
    }

    private static String given(String value, String otherwise) {
        return value == null || value.isEmpty() ? otherwise : value;
    }

    private static void refuse(String sentence) {
        if (sentence != null) {
            throw new Refused(sentence);
        }
    }

    /** Returns the error as the call's clients can read it: another kind would come as "Internal error". */
    private static Throwable told(Method method, String sentence) {
        for (Object each : method.getExceptionTypes()) {
            if (each == MetaException.class) {
                return new MetaException(sentence);
            }
        }
        return new TApplicationException(TApplicationException.INTERNAL_ERROR, sentence);
    }

    /** What the rules don't allow. */
    public static final class Refused extends RuntimeException {
        public Refused(String sentence) {
            super(sentence);
        }
    }
}
