// SPDX-License-Identifier: Apache-2.0
package dev.mixed.weights.hub;

import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings one file into the cache. What has arrived stays in {@code <etag>.mixed-incomplete}, from whose end the next attempt, or the next command,
 * goes on; the file gets its name only when its size and checksum are right. Python's {@code <etag>.incomplete} is left alone: nothing keeps
 * Python from writing it at the same time.
 */
final class Download {
    private static final int ATTEMPTS = 5;
    private static final int BUFFER_BYTES = 1 << 16;

    private final HubClient client;
    private final DownloadProgress progress;
    private final Duration pause;
    private final Duration patience;

    /**
     * @param pause    before the second attempt; doubles with each further one
     * @param patience how long a connection may be silent
     */
    Download(HubClient client, DownloadProgress progress, Duration pause, Duration patience) {
        this.client = client;
        this.progress = progress;
        this.pause = pause;
        this.patience = patience;
    }

    /** Downloads {@code file} to {@code target}; a {@link UserException} says why that failed. */
    void run(RemoteFile file, Path target) throws IOException {
        Path incomplete = target.resolveSibling(target.getFileName() + ".mixed-incomplete");
        long done = Files.exists(incomplete) ? Files.size(incomplete) : 0;
        progress.start(file.name(), done, file.size());
        try {
            for (int failures = 0; done != file.size() || !Files.exists(incomplete);) {
                long before = done;
                IOException failure = null;
                try {
                    transfer(file, incomplete, done);
                } catch (BrokenConnection e) {
                    failure = e.reason;
                }
                done = Files.exists(incomplete) ? Files.size(incomplete) : 0;
                if (done > file.size()) {
                    Files.delete(incomplete);
                    throw new UserException("'" + file.url() + "' sent more than the " + file.size() + " bytes that it announced; try again later.");
                }
                failures = done > before ? 0 : failures + 1;
                if (failures == ATTEMPTS) {
                    throw HubClient.unreachable(file.url(), failure == null ? new IOException("it sends nothing") : failure);
                }
                if (failures > 0) {
                    sleep(pause.multipliedBy(1L << failures - 1));
                }
            }
        } finally {
            progress.end();
        }
        verify(file, incomplete);
        // In the place of the same content, should Python have put it there meanwhile.
        Files.move(incomplete, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** One attempt: appends what arrives. Failures of the disk pass through as they are. */
    private void transfer(RemoteFile file, Path incomplete, long from) throws IOException, BrokenConnection {
        HttpResponse<InputStream> response;
        try {
            response = client.open(file, from);
        } catch (IOException e) {
            throw new BrokenConnection(e);
        }
        boolean goesOn = response.statusCode() == 206
                && response.headers().firstValue("Content-Range").filter(r -> r.startsWith("bytes " + from + "-")).isPresent();
        long done = goesOn ? from : 0;
        AtomicLong lastByte = new AtomicLong(System.nanoTime());
        try (InputStream in = response.body();
                OutputStream out = Files.newOutputStream(incomplete, StandardOpenOption.CREATE,
                        goesOn ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            if (response.statusCode() == 416 || response.statusCode() == 206 && !goesOn) {
                return;
            }
            Thread watch = Thread.startVirtualThread(() -> closeWhenSilent(in, lastByte));
            try {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int n; (n = read(in, buffer)) >= 0 && done <= file.size();) {
                    out.write(buffer, 0, n);
                    done += n;
                    lastByte.set(System.nanoTime());
                    progress.advance(done);
                }
            } finally {
                watch.interrupt();
            }
        }
    }

    private static int read(InputStream in, byte[] buffer) throws BrokenConnection {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new BrokenConnection(e);
        }
    }

    /** The client bounds the time to the answer, but not the silence within it. */
    private void closeWhenSilent(InputStream in, AtomicLong lastByte) {
        try {
            while (System.nanoTime() - lastByte.get() < patience.toNanos()) {
                Thread.sleep(Math.min(1000, patience.toMillis()));
            }
            in.close();
        } catch (InterruptedException | IOException e) {
            // The download has ended, or the stream was broken already.
        }
    }

    private static void verify(RemoteFile file, Path downloaded) throws IOException {
        String sum = checksum(file, downloaded);
        if (!sum.equals(file.etag())) {
            Files.delete(downloaded);
            throw new UserException("'" + file.url() + "' was damaged on its way (its checksum is " + sum + ", not " + file.etag()
                    + ") and has been removed; download it again.");
        }
    }

    private static String checksum(RemoteFile file, Path downloaded) throws IOException {
        try {
            boolean git = file.etag().length() == 40;
            MessageDigest digest = MessageDigest.getInstance(git ? "SHA-1" : "SHA-256");
            if (git) {
                digest.update(("blob " + file.size() + "\0").getBytes(StandardCharsets.US_ASCII));
            }
            try (InputStream in = Files.newInputStream(downloaded)) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int n; (n = in.read(buffer)) >= 0;) {
                    digest.update(buffer, 0, n);
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1 and SHA-256", e);
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UserException("The download was interrupted; start it again to go on where it stopped.", e);
        }
    }

    /** The other end's failure, as opposed to the disk's. */
    private static final class BrokenConnection extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient IOException reason;

        BrokenConnection(IOException reason) {
            super(reason);
            this.reason = reason;
        }
    }
}
