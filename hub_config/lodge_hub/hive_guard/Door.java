import java.lang.reflect.Proxy;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.hive.metastore.TSetIpAddressProcessor;
import org.apache.hadoop.hive.metastore.api.ThriftHiveMetastore;
import org.apache.thrift.TException;
import org.apache.thrift.TProcessor;
import org.apache.thrift.protocol.TProtocol;
import org.apache.thrift.transport.TSocket;
import org.apache.thrift.transport.TTransport;
import org.apache.thrift.transport.TTransportException;

/** Finds out who is at a connection, once, and has their calls go by the guard. */
public final class Door implements TProcessor {
    /** How many connections an account may have open: each holds one of the service's 200 threads. */
    private static final int MOST = 48;

    private String homes;
    private int own;
    private Guard guard;
    private TProcessor inner;
    private final ThreadLocal transport = new ThreadLocal();
    private final ThreadLocal served = new ThreadLocal();
    private final Map connections = new HashMap();

    /**
     * Opens for users whose homes are in `homes`; `own` is the service's user id, `socket` where Lodge
     * is asked to do things with users' rights.
     */
    public Door open(
            ThriftHiveMetastore.Iface handler,
            String warehouse,
            String homes,
            int own,
            String socket)
            throws Exception {
        this.homes = java.nio.file.Paths.get(homes).normalize().toString();
        this.own = own;
        Places places = new Places(warehouse, own);
        Settling settling = new Settling(handler, new Folders(socket), own);
        Rights rights = new Rights(handler, socket);
        this.guard = new Guard(handler, places, rights, settling, this, warehouse);
        Class[] kinds = new Class[] {ThriftHiveMetastore.Iface.class};
        Object guarded = Proxy.newProxyInstance(getClass().getClassLoader(), kinds, this.guard);
        this.inner = new TSetIpAddressProcessor((ThriftHiveMetastore.Iface) guarded);
        return this;
    }

    /** Returns the account of an id or a login. */
    public Person account(String key) {
        return Person.of(Person.lines("/etc/passwd"), key, homes, own);
    }

    public void process(TProtocol in, TProtocol out) throws TException {
        TTransport at = in.getTransport();
        // One thread serves a connection to its end, which is told by an exception.
        if (transport.get() != at) {
            Person who = peer(at);
            enter(who);
            try {
                guard.serve(who);
            } catch (RuntimeException error) {
                leave(who);
                throw error;
            }
            transport.set(at);
            served.set(who);
        }
        boolean ended = true;
        try {
            inner.process(in, out);
            ended = false;
        } finally {
            if (ended) {
                leave((Person) served.get());
            }
        }
    }

    private synchronized void enter(Person who) throws TTransportException {
        Integer key = Integer.valueOf(who.uid);
        Integer before = (Integer) connections.get(key);
        int number = before == null ? 1 : before.intValue() + 1;
        if (number > MOST && !who.platform) {
            throw new TTransportException(who.login + " has " + MOST + " connections, and gets no more.");
        }
        connections.put(key, Integer.valueOf(number));
    }

    private synchronized void leave(Person who) {
        Integer key = Integer.valueOf(who.uid);
        int number = ((Integer) connections.get(key)).intValue() - 1;
        if (number == 0) {
            connections.remove(key);
        } else {
            connections.put(key, Integer.valueOf(number));
        }
    }

    private Person peer(TTransport at) {
        Socket socket = ((TSocket) at).getSocket();
        // The table is read piece by piece while others change it: a line may be missed.
        for (int attempt = 0; attempt < 3; attempt++) {
            List table = new ArrayList(Person.lines("/proc/net/tcp"));
            table.addAll(Person.lines("/proc/net/tcp6"));
            int uid =
                    Person.uidOf(
                            table,
                            socket.getInetAddress(),
                            socket.getPort(),
                            socket.getLocalAddress(),
                            socket.getLocalPort());
            if (uid >= 0) {
                return account(String.valueOf(uid));
            }
        }
        return Person.NOBODY;
    }
}
