import java.util.Locale;
import java.util.Map;

/**
 * Who may do what in the catalogue. Each rule returns null, or the sentence that says why not.
 *
 * Everybody reads everything. A table is its owner's and its database's owner's; who is named in the
 * property `lodge.writers` of its database may also change what is in it, and make tables beside it.
 */
public final class Rules {
    /** The property that names who may write, with commas between; `*` is everybody. */
    public static final String WRITERS = "lodge.writers";

    /** Where everybody may make tables. */
    public static final String COMMON = "default";

    /** What can be looked at: no call that makes the service run or load what a user names. */
    public static boolean reads(String method) {
        return READS.contains(method);
    }

    private static final java.util.Set READS =
            new java.util.HashSet(
                    java.util.Arrays.asList(
                            ("get_database get_databases get_all_databases get_tables get_tables_by_type"
                                    + " get_table_meta get_all_tables get_table get_table_req"
                                    + " get_table_objects_by_name get_table_objects_by_name_req"
                                    + " get_table_names_by_filter get_partition get_partition_with_auth"
                                    + " get_partition_by_name get_partitions get_partitions_with_auth"
                                    + " get_partitions_pspec get_partition_names get_partition_values"
                                    + " get_partitions_ps get_partitions_ps_with_auth"
                                    + " get_partition_names_ps get_partitions_by_filter"
                                    + " get_part_specs_by_filter get_num_partitions_by_filter"
                                    + " get_partitions_by_names partition_name_has_valid_characters"
                                    + " partition_name_to_vals partition_name_to_spec get_type"
                                    + " get_type_all get_index_by_name get_indexes get_index_names"
                                    + " get_primary_keys get_foreign_keys get_table_column_statistics"
                                    + " get_partition_column_statistics get_table_statistics_req"
                                    + " get_partitions_statistics_req get_aggr_stats_for get_functions"
                                    + " get_function get_all_functions get_role_names list_roles"
                                    + " get_principals_in_role get_role_grants_for_principal"
                                    + " get_privilege_set list_privileges set_ugi get_open_txns"
                                    + " get_open_txns_info show_locks show_compact"
                                    + " get_current_notificationEventId getName getVersion getStatus"
                                    + " getStatusDetails aliveSince shutdown")
                                    .split(" ")));

    /** Returns whether `owner`, as the catalogue has it, is this person. */
    public static boolean owns(Person who, String owner) {
        return who.platform || (!who.name.isEmpty() && who.login.equals(owner));
    }

    /** Returns whether properties name this person among those who may write. */
    public static boolean listed(Person who, Map properties) {
        Object writers = properties == null ? null : properties.get(WRITERS);
        if (writers == null || who.name.isEmpty()) {
            return false;
        }
        for (String each : ((String) writers).split(",")) {
            String name = each.trim();
            if (name.equals("*") || name.equals(who.name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Says who may not `verb` a thing, and whom to ask.
     *
     * `owner` is a user's name, or "" for Lodge's own; `database` is what can be opened, or "".
     */
    public static String refusal(
            Person who, String verb, String thing, String owner, String database) {
        String begin = who.name + " may not " + verb + " the " + thing + ": it belongs to ";
        if (owner.isEmpty()) {
            return begin + "Lodge. Copy it to a table of your own.";
        }
        String way =
                database.isEmpty()
                        ? "Ask " + owner + " to do it, or"
                        : "Ask " + owner + " to name " + who.name + " in the property " + WRITERS
                                + " of the database " + database + ", or";
        return begin + owner + ". " + way + " copy it to a table of your own.";
    }

    /** Says that a call is none of users'. */
    public static String closed(Person who, String method) {
        if (who.name.isEmpty()) {
            return "Only users of Lodge may change its Hive tables: sign in, and use a notebook.";
        }
        return "The call " + method + " of the Hive metastore is not open to users of Lodge.";
    }

    /** Returns why a database may not have this name, or null. */
    public static String databaseName(String name) {
        // A catalogue with a database of the first name keeps all sessions of Spark from starting.
        if (plain(name).equals("global_temp") || plain(name).equals(COMMON)) {
            return "No database can be named " + name + ": Spark has one of that name for itself.";
        }
        return null;
    }

    /** Returns the name of a user's schema. */
    public static String schema(String user) {
        return user.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
    }

    /** Returns a name as Hive has it. */
    public static String plain(String name) {
        return name == null ? "" : name.trim().toLowerCase(Locale.ROOT);
    }
}
