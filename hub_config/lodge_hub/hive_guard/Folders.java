import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * Has the folders that the service makes in the warehouse given to those whom their tables belong to.
 *
 * The service can give nothing away: it asks Lodge, by a socket that nobody else may connect to.
 */
public final class Folders {
    private final Path warehouse;
    private final int own;
    private final String socket;

    /** `own` is the user id of the service, `socket` where Lodge listens. */
    public Folders(String warehouse, int own, String socket) {
        this.warehouse = Paths.get(warehouse).normalize();
        this.own = own;
        this.socket = socket;
    }

    /** Gives a folder that the service has made; others' stay as they are. */
    public void give(String location, Person who) {
        Path path = location == null || location.isEmpty() ? null : Places.local(location);
        try {
            if (path != null && Places.owner(path) == own) {
                ask("give", location, who.name);
            }
        } catch (IOException missing) {
            // Nothing was made: the folder of a table elsewhere.
            return;
        }
    }

    /** Lets those whom `writers` names write in a database's folder: names with commas between. */
    public void open(String location, String writers) {
        ask("open", location, writers == null ? "" : writers);
    }

    private void ask(String what, String location, String names) {
        Path path = location == null || location.isEmpty() ? null : Places.local(location);
        if (path == null || !path.startsWith(warehouse) || path.equals(warehouse)) {
            return;
        }
        String line = what + "\t" + warehouse.relativize(path) + "\t" + names;
        try {
            String answer = answer(line.replace("\n", " ") + "\n");
            if (!answer.equals("done")) {
                System.err.println("Lodge did not " + what + " the folder " + path + ": " + answer);
            }
        } catch (IOException error) {
            System.err.println("Lodge could not be asked to " + what + " " + path + ": " + error);
        }
    }

    private String answer(String line) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer sent = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
            while (sent.hasRemaining()) {
                channel.write(sent);
            }
            ByteBuffer got = ByteBuffer.allocate(1000);
            while (got.hasRemaining() && channel.read(got) >= 0) {
                continue;
            }
            return new String(got.array(), 0, got.position(), StandardCharsets.UTF_8).trim();
        } finally {
            channel.close();
        }
    }
}
