// SPDX-License-Identifier: Apache-2.0
package dev.mixed.cli;

import dev.mixed.io.IoReason;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Standard output that remembers why it could not be written: {@link System#out} drops that, and {@link PrintWriter} keeps only that it happened. */
final class StandardOutput extends PrintWriter {
    private final Remembering stream;

    private StandardOutput(Remembering stream) {
        super(stream, true, System.out.charset());
        this.stream = stream;
    }

    static StandardOutput open() {
        return new StandardOutput(new Remembering(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out))));
    }

    /** One sentence for the user if anything printed to {@code out} is lost; null if all of it arrived. */
    static @Nullable String problem(PrintWriter out) {
        if (!out.checkError()) {
            return null;
        }
        String reason = out instanceof StandardOutput own && own.stream.failure != null ? " (" + IoReason.of(own.stream.failure) + ")" : "";
        return "Standard output could not be written" + reason + ", so not all results arrived; check the file or program that it goes to.";
    }

    private static final class Remembering extends FilterOutputStream {
        private @Nullable IOException failure;

        Remembering(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            try {
                out.write(bytes, from, count);
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void flush() throws IOException {
            try {
                out.flush();
            } catch (IOException e) {
                throw failed(e);
            }
        }

        private IOException failed(IOException e) {
            failure = e;
            return e;
        }
    }
}
