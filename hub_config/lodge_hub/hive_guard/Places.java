import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.Paths;

/** Where tables may lie on this machine. Each rule returns null, or the sentence that says why not. */
public final class Places {
    private final Path warehouse;
    private final int own;

    /** `own` is the user id of the service, which makes tables' folders in `warehouse`. */
    public Places(String warehouse, int own) {
        this.warehouse = Paths.get(warehouse).normalize();
        this.own = own;
    }

    /** Returns the path that a location means on this machine, or null where it is on another store. */
    public static Path local(String location) {
        URI address = new org.apache.hadoop.fs.Path(location).toUri();
        String scheme = address.getScheme();
        if (scheme != null && !scheme.equalsIgnoreCase("file")) {
            return null;
        }
        return Paths.get(address.getPath()).normalize();
    }

    /** Returns whether two locations are the same. */
    public static boolean same(String one, String other) {
        if (one == null || other == null || one.isEmpty() || other.isEmpty()) {
            return one == other;
        }
        Path first = local(one);
        return first == null ? one.equals(other) : first.equals(local(other));
    }

    /** Rules on the new folder of a database or a table, whose own place is `proper`. */
    public String ofNew(Person who, String location, String proper) {
        Path path = local(location);
        if (path == null) {
            return null;
        }
        // Where Spark has Hive look while it keeps a table's true place in another field.
        if (path.equals(local(proper)) || path.equals(local(proper + "-__PLACEHOLDER__"))) {
            return path.startsWith(warehouse) ? free(who, path) : null;
        }
        return inHome(who, path) ? null : refusal(who, path, proper);
    }

    /** Rules on the folder of a partition of a table in `table`. */
    public String ofPartition(Person who, String location, String table) {
        Path path = local(location);
        if (path == null || inHome(who, path)) {
            return null;
        }
        Path folder = table == null || table.isEmpty() ? null : local(table);
        if (folder == null || path.equals(folder) || !path.startsWith(folder)) {
            return refusal(who, path, String.valueOf(table));
        }
        return path.startsWith(warehouse) ? linked(path) : null;
    }

    private static boolean inHome(Person who, Path path) {
        Path home = Paths.get(who.home);
        return !who.name.isEmpty() && path.startsWith(home) && !path.equals(home);
    }

    private static String refusal(Person who, Path path, String proper) {
        return who.name + " can't have a table in " + path + ": name a folder in " + who.home
                + ", or none, for " + proper + ".";
    }

    /** Refuses a folder that somebody else has files in. */
    private String free(Person who, Path path) {
        String wrong = linked(path);
        if (wrong != null || !Files.exists(path, new LinkOption[] {LinkOption.NOFOLLOW_LINKS})) {
            return wrong;
        }
        String taken = "The folder " + path + " holds files of somebody else: choose another name.";
        try {
            if (owner(path) == who.uid) {
                return null;
            }
            if (owner(path) != own) {
                return taken;
            }
            DirectoryStream entries = Files.newDirectoryStream(path);
            try {
                for (Object each : entries) {
                    if (owner((Path) each) != who.uid) {
                        return taken;
                    }
                }
            } finally {
                entries.close();
            }
            return null;
        } catch (IOException error) {
            return taken;
        }
    }

    private String linked(Path path) {
        Path each = warehouse;
        for (int at = warehouse.getNameCount(); at < path.getNameCount(); at++) {
            each = each.resolve(path.getName(at));
            if (Files.isSymbolicLink(each)) {
                return "The folder " + path + " can't be a table's: " + each + " is a link.";
            }
        }
        return null;
    }

    /** Returns the user id of a folder's owner. */
    public static int owner(Path path) throws IOException {
        Object uid = Files.getAttribute(path, "unix:uid", new LinkOption[] {LinkOption.NOFOLLOW_LINKS});
        return ((Integer) uid).intValue();
    }
}
