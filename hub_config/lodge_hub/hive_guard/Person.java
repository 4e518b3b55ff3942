import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;

/** Who asks: the Unix account at the other end of a connection over loopback. */
public final class Person {
    /** Whom nothing is known of. */
    public static final Person NOBODY = new Person(-1, "", "", "", false);

    public final int uid;
    /** The name of the Unix account, which owners of tables are told by. */
    public final String login;
    /** Lodge's name of the user, or "" where the account is none of Lodge's users'. */
    public final String name;
    public final String home;
    /** Whether this is Lodge itself, which may do everything. */
    public final boolean platform;

    public Person(int uid, String login, String name, String home, boolean platform) {
        this.uid = uid;
        this.login = login;
        this.name = name;
        this.home = home;
        this.platform = platform;
    }

    /** Returns the account `key` (an id or a login) of lines of /etc/passwd. Users' homes are in `homes`. */
    public static Person of(List passwd, String key, String homes, int own) {
        for (Object each : passwd) {
            String[] field = ((String) each).split(":", -1);
            if (field.length < 7 || !(field[2].equals(key) || field[0].equals(key))) {
                continue;
            }
            int uid = Integer.parseInt(field[2]);
            Path home = Paths.get(field[5]).normalize();
            boolean user = home.getParent() != null && home.getParent().equals(Paths.get(homes));
            boolean platform = uid == 0 || uid == own;
            String name = user && !platform ? home.getFileName().toString() : "";
            return new Person(uid, field[0], name, home.toString(), platform);
        }
        return NOBODY;
    }

    /**
     * Returns the user id of the socket `client`, which is connected to `server`, or -1, out of lines of
     * /proc/net/tcp and /proc/net/tcp6.
     *
     * Only of a connection that stands and whose socket is open (its inode is not 0): what a process has
     * closed is told as root's.
     */
    public static int uidOf(
            List table, InetAddress client, int clientPort, InetAddress server, int serverPort) {
        String from = place(client, clientPort);
        String to = place(server, serverPort);
        for (Object each : table) {
            String[] field = ((String) each).trim().split("\\s+");
            if (field.length > 9
                    && plain(field[1]).equals(from)
                    && plain(field[2]).equals(to)
                    && field[3].equals("01")
                    && !field[9].equals("0")) {
                return Integer.parseInt(field[7]);
            }
        }
        return -1;
    }

    private static String plain(String place) {
        String mapped = "0000000000000000FFFF0000";
        return place.startsWith(mapped) ? place.substring(mapped.length()) : place;
    }

    private static String place(InetAddress address, int port) {
        if (!(address instanceof Inet4Address)) {
            return "";
        }
        int word = java.nio.ByteBuffer.wrap(address.getAddress()).order(ByteOrder.nativeOrder()).getInt();
        return String.format("%08X:%04X", new Object[] {Integer.valueOf(word), Integer.valueOf(port)});
    }

    /** Returns the lines of a file, none where it can't be read. */
    public static List lines(String file) {
        try {
            return Files.readAllLines(Paths.get(file), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException error) {
            return java.util.Collections.EMPTY_LIST;
        }
    }
}
