// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.DeviceException;
import dev.mixed.tornado.cuda.DriverException;
import dev.mixed.tornado.cuda.nccl.NcclException;
import java.util.function.Supplier;
import uk.ac.manchester.tornado.api.exceptions.TornadoMemoryException;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;

/** Turns what TornadoVM throws into one sentence for the user. */
final class TornadoErrors {
    private static final int MAX_REASON = 300;

    private TornadoErrors() {
    }

    static <T> T explained(Supplier<T> work) {
        try {
            return work.get();
        } catch (DeviceException e) {
            throw e;
        } catch (NcclException e) {
            throw new DeviceException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException | LinkageError e) {
            if (!isTornado(e)) {
                throw e;
            }
            throw explain(e);
        }
    }

    /** Whether the error comes from TornadoVM or the driver, rather than from a mistake in this program. */
    private static boolean isTornado(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof DriverException || t.getClass().getName().startsWith("uk.ac.manchester.tornado")) {
                return true;
            }
        }
        return false;
    }

    static DeviceException explain(Throwable e) {
        String reason = reason(e);
        if (e instanceof TornadoOutOfMemoryException || e instanceof TornadoMemoryException) {
            return new DeviceException("the GPU has no memory left (" + reason + "); lower --batch or --length, choose a smaller model, or train with --amp.",
                    e);
        }
        if (reason.contains("Unable to compile ")) {
            return new DeviceException("TornadoVM could not compile a kernel for the GPU (" + reason + "); run './mixed doctor', or use --device jvm.", e);
        }
        return new DeviceException("the GPU stopped with an error (" + reason + "); run './mixed doctor', or use --device jvm.", e);
    }

    /** The message of the innermost cause that has one, as one line of at most {@link #MAX_REASON} characters, without terminal colours. */
    static String reason(Throwable e) {
        String reason = null;
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t.getMessage() != null && !t.getMessage().isBlank()) {
                reason = t.getMessage();
            }
        }
        if (reason == null) {
            return e.getClass().getSimpleName();
        }
        reason = reason.replaceAll("\u001B\\[[0-9;]*m", "").replaceAll("\\s+", " ").strip();
        return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON) + "...";
    }
}
