// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.checkpoint;

import dev.mixed.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A disk that stops at its n-th operation: as a SIGKILL would, or by throwing an {@link IOException}. A stopped write leaves half its bytes. */
final class KillableDisk extends Disk {

    /** Not an exception, so that no clean-up code runs, as none runs after a SIGKILL. */
    static final class Killed extends Error {
    }

    final List<String> log = new ArrayList<>();
    private final int stopAt;
    private final IOException failure;
    private volatile boolean stopped;

    private KillableDisk(int stopAt, IOException failure) {
        this.stopAt = stopAt;
        this.failure = failure;
    }

    /** Never stops. */
    static KillableDisk reliable() {
        return new KillableDisk(-1, null);
    }

    static KillableDisk killedAt(int operation) {
        return new KillableDisk(operation, null);
    }

    /** Fails from its n-th operation on that needs space; deletions still work, as on a full disk. */
    static KillableDisk fullAt(int operation) {
        return new KillableDisk(operation, new IOException("No space left on device"));
    }

    boolean stopped() {
        return stopped;
    }

    private synchronized boolean reached(String operation, Path path) {
        log.add(operation + " " + (path == null ? "" : path.getFileName()));
        return stopped || log.size() - 1 == stopAt;
    }

    private void step(String operation, Path path) throws IOException {
        if (reached(operation, path)) {
            stop();
        }
    }

    private void stop() throws IOException {
        stopped = true;
        if (failure != null) {
            throw failure;
        }
        throw new Killed();
    }

    @Override
    public Output create(Path file) throws IOException {
        step("create", file);
        Output out = super.create(file);
        return new Output() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                if (reached("write", file)) {
                    out.write(bytes.duplicate().limit(bytes.position() + bytes.remaining() / 2));
                    stop();
                }
                return out.write(bytes);
            }

            @Override
            public void force() throws IOException {
                step("force", file); // without the real one: hundreds of them are slow, and a killed process loses nothing by it
            }

            @Override
            public boolean isOpen() {
                return out.isOpen();
            }

            @Override
            public void close() throws IOException {
                out.close();
            }
        };
    }

    @Override
    public void createDirectories(Path folder) throws IOException {
        step("mkdir", folder);
        super.createDirectories(folder);
    }

    @Override
    public void link(Path existing, Path name) throws IOException {
        step("link", name);
        super.link(existing, name);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        step("rename", from);
        super.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        if (failure == null) {
            step("delete", path);
        }
        super.delete(path);
    }

    @Override
    public void sync(Path folder) throws IOException {
        step("sync", folder);
    }
}
