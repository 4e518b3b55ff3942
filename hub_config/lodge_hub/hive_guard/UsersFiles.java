import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The files of this machine as one user may change them.
 *
 * The service looks with its own rights. What it makes, moves and removes it asks Lodge for, which does
 * so with the user's: wherever a link leads, nothing happens there that the user could not have done.
 */
public final class UsersFiles extends FilterFileSystem {
    static final String USER = "lodge.user";
    static final String SOCKET = "lodge.socket";

    private String user;
    private Folders folders;

    public UsersFiles() {
        super(new LocalFileSystem());
    }

    public void initialize(URI name, Configuration conf) throws IOException {
        super.initialize(name, conf);
        user = conf.get(USER);
        folders = new Folders(conf.get(SOCKET));
    }

    public String getScheme() {
        return "file";
    }

    public boolean mkdirs(Path path) throws IOException {
        return folders.asUser("make", user, new String[] {plain(path)});
    }

    public boolean mkdirs(Path path, FsPermission permission) throws IOException {
        return mkdirs(path);
    }

    public boolean rename(Path from, Path to) throws IOException {
        return folders.asUser("move", user, new String[] {plain(from), plain(to)});
    }

    public boolean delete(Path path, boolean recursive) throws IOException {
        if (!recursive) {
            throw new IOException("The metastore removes whole folders alone, not " + path + ".");
        }
        return folders.asUser("remove", user, new String[] {plain(path)});
    }

    private String plain(Path path) {
        return makeQualified(path).toUri().getPath();
    }
}
