// SPDX-License-Identifier: Apache-2.0
package dev.mixed.train.tensorboard;

import dev.mixed.io.IoReason;
import dev.mixed.io.UserException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * One event file of TensorBoard: records of TensorFlow's {@code Event} message, each with its length before it and checksums of both. A record is on the
 * disk's side of the process when the call that wrote it returns, so a killed run loses none but the one being written, which TensorBoard passes over.
 */
public final class EventFile implements AutoCloseable {
    /** Beginning of the name of every such file: TensorBoard shows no other. */
    public static final String PREFIX = "events.out.tfevents.";

    private static final String VERSION = "brain.Event:2";
    private static final int CRC_MASK = 0xa282ead8;

    private final Path file;
    private final OutputStream out;
    private final Supplier<Instant> clock;

    private EventFile(Path file, OutputStream out, Supplier<Instant> clock) {
        this.file = file;
        this.out = out;
        this.clock = clock;
    }

    /**
     * Starts another file in a folder, which is made if it is not there.
     *
     * @param from number of the first step that it tells of: events of this step and later ones in the folder's older files no longer count
     * @throws UserException where the file can't be made
     */
    public static EventFile create(Path folder, long from) {
        return create(folder, from, Instant::now);
    }

    static EventFile create(Path folder, long from, Supplier<Instant> clock) {
        try {
            Files.createDirectories(folder);
            String name = PREFIX + String.format("%010d", clock.get().getEpochSecond()) + "." + host() + "." + ProcessHandle.current().pid();
            int number = 0;
            while (Files.exists(folder.resolve(name + "." + number))) {
                number++;
            }
            Path file = folder.resolve(name + "." + number);
            EventFile events = new EventFile(file, Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), clock);
            events.write(events.event(0).text(3, VERSION));
            // SessionLog with the status START, as TensorFlow writes it where a training goes on.
            events.write(events.event(from).message(7, new ProtoMessage().number(1, 1)));
            return events;
        } catch (IOException e) {
            throw new UserException("Events for TensorBoard could not be written to '" + folder + "' (" + IoReason.of(e)
                    + "); check the free space and the permissions, or leave out --tensorboard.", e);
        }
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9-]", "-");
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** A point of a curve. */
    public void scalar(String tag, long step, double value) {
        write(summary(step, new ProtoMessage().text(1, tag).single(2, (float) value)));
    }

    /** A distribution; of values that are no numbers none is counted, and where none is left nothing is written. */
    public void histogram(String tag, long step, float[] values) {
        Histogram histogram = Histogram.of(values);
        if (histogram.count() > 0) {
            write(summary(step, new ProtoMessage().text(1, tag).message(5, histogram.message())));
        }
    }

    /** Text in Markdown. */
    public void text(String tag, long step, String markdown) {
        ProtoMessage metadata = new ProtoMessage().message(1, new ProtoMessage().text(1, "text"));
        // A tensor of one string: DT_STRING is 7.
        ProtoMessage tensor = new ProtoMessage().number(1, 7).message(2, new ProtoMessage().message(2, new ProtoMessage().number(1, 1)))
                .text(8, markdown);
        write(summary(step, new ProtoMessage().text(1, tag).message(8, tensor).message(9, metadata)));
    }

    private ProtoMessage summary(long step, ProtoMessage value) {
        return event(step).message(5, new ProtoMessage().message(1, value));
    }

    private ProtoMessage event(long step) {
        Instant now = clock.get();
        ProtoMessage event = new ProtoMessage().real(1, now.getEpochSecond() + now.getNano() / 1e9);
        // A field that is 0 is not written.
        return step == 0 ? event : event.number(2, step);
    }

    private void write(ProtoMessage event) {
        byte[] data = event.toBytes();
        byte[] bytes = new byte[Long.BYTES + Integer.BYTES + data.length + Integer.BYTES];
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(data.length).putInt(masked(bytes, 0, Long.BYTES));
        record.put(data).putInt(masked(data, 0, data.length));
        try {
            out.write(bytes);
        } catch (IOException e) {
            throw new UserException("Events for TensorBoard could not be written to '" + file + "' (" + IoReason.of(e)
                    + "): check the free space and the permissions, then continue with --resume.", e);
        }
    }

    /** CRC-32C, rotated and shifted: a checksum of data that hold checksums would be weak. */
    static int masked(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        return Integer.rotateRight((int) crc.getValue(), 15) + CRC_MASK;
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            // Every record was handed over when it was written.
        }
    }
}
