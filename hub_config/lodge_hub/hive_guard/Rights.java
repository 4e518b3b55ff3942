import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.security.PrivilegedExceptionAction;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.security.UserGroupInformation;

/** Has the service answer calls as whom they are for, so that it changes files with their rights. */
public final class Rights {
    private final Object inner;
    private final String socket;
    private final Map known = new HashMap();

    /** `inner` answers calls, `socket` is where Lodge is asked to do things. */
    public Rights(Object inner, String socket) {
        this.inner = inner;
        this.socket = socket;
    }

    /** Calls `method` as a user; by their identity, threads that the service hands work to know them. */
    public Object call(Person who, final Method method, final Object[] arguments) throws Throwable {
        final Throwable[] failure = new Throwable[1];
        Object answer =
                identity(who)
                        .doAs(
                                new PrivilegedExceptionAction() {
                                    public Object run() throws Exception {
                                        try {
                                            return method.invoke(inner, arguments);
                                        } catch (InvocationTargetException error) {
                                            failure[0] = error.getCause();
                                            return null;
                                        }
                                    }
                                });
        if (failure[0] != null) {
            throw failure[0];
        }
        return answer;
    }

    private synchronized UserGroupInformation identity(Person who)
            throws IOException, InterruptedException {
        UserGroupInformation found = (UserGroupInformation) known.get(who.login);
        if (found == null) {
            found = UserGroupInformation.createRemoteUser(who.login);
            final Configuration conf = new Configuration();
            conf.setClassLoader(getClass().getClassLoader());
            conf.set("fs.file.impl", UsersFiles.class.getName());
            conf.set(UsersFiles.USER, who.name);
            conf.set(UsersFiles.SOCKET, socket);
            // Hadoop keeps one for each identity: the service finds this one from now on.
            found.doAs(
                    new PrivilegedExceptionAction() {
                        public Object run() throws Exception {
                            return FileSystem.get(URI.create("file:///"), conf);
                        }
                    });
            known.put(who.login, found);
        }
        return found;
    }
}
