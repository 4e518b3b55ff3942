import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Asks Lodge for what needs other rights than the service's own, by a socket that nobody else may
 * connect to.
 */
public final class Folders {
    private final String socket;

    /** `socket` is where Lodge listens. */
    public Folders(String socket) {
        this.socket = socket;
    }

    /** Does something for a user: `what` is make, move, remove or give. */
    public boolean asUser(String what, String user, String[] paths) throws IOException {
        String answer = answer(what, user, paths);
        if (!answer.equals("done")) {
            throw new IOException("Lodge could not " + what + " " + paths[0] + " for " + user + ": " + answer);
        }
        return true;
    }

    /** Lets those whom `writers` names write in a database's folder: names with commas between. */
    public void open(String location, String writers) {
        Path path = location == null || location.isEmpty() ? null : Places.local(location);
        if (path == null) {
            return;
        }
        String answer;
        try {
            answer = answer("open", writers == null ? "" : writers, new String[] {path.toString()});
        } catch (IOException error) {
            answer = String.valueOf(error);
        }
        if (!answer.equals("done")) {
            System.err.println("Lodge did not open the folder " + path + ": " + answer);
        }
    }

    /** Asks with a field each, a zero byte between them: no name and no path has one. */
    private String answer(String what, String names, String[] paths) throws IOException {
        StringBuilder line = new StringBuilder(what).append('\0').append(names);
        for (String path : paths) {
            line.append('\0').append(path);
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer sent = ByteBuffer.wrap(line.toString().getBytes(StandardCharsets.UTF_8));
            while (sent.hasRemaining()) {
                channel.write(sent);
            }
            channel.shutdownOutput();
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
