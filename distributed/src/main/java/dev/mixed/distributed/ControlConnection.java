// SPDX-License-Identifier: Apache-2.0
package dev.mixed.distributed;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.LinkedBlockingQueue;

/** The connection between rank 0 and another rank, for messages and signs of life, as one of the two has it. */
final class ControlConnection {
    private static final int BUFFER = 1 << 16;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final LinkedBlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
    private volatile long heardAt = System.nanoTime();
    private volatile boolean left;

    ControlConnection(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), BUFFER));
        this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), BUFFER));
    }

    /** This end's address. */
    String localAddress() {
        return socket.getLocalAddress().getHostAddress();
    }

    /** Sends a frame; the next one waits for it. */
    void send(Frame frame) throws IOException {
        synchronized (out) {
            frame.write(out);
        }
    }

    /** {@link #send} to one that may be gone, or may not take anything any more: it is not waited for. */
    void sendIfPossible(Frame frame) {
        Thread.ofVirtual().start(() -> {
            try {
                send(frame);
            } catch (IOException e) {
                // Whoever reads the connection learns of it.
            }
        });
    }

    /** The next frame, which is a sign of life, too. */
    Frame read() throws IOException {
        Frame frame = Frame.read(in);
        heardAt = System.nanoTime();
        return frame;
    }

    /** Lets {@link #read} wait for so many milliseconds at most; 0 for as long as it takes. */
    void waitAtMost(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** Messages that have arrived and nobody has taken. */
    LinkedBlockingQueue<byte[]> messages() {
        return messages;
    }

    /** {@link System#nanoTime} of the last sign of life. */
    long heardAt() {
        return heardAt;
    }

    /** Forgets how long it is since the last sign of life. */
    void listenAnew() {
        heardAt = System.nanoTime();
    }

    /** The other end has left in order. */
    void leave() {
        left = true;
    }

    boolean hasLeft() {
        return left;
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no more use either way.
        }
    }
}
