// SPDX-License-Identifier: Apache-2.0
package dev.mixed.engine.tornado;

import dev.mixed.engine.Background;
import dev.mixed.engine.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What all devices of this process share, opened on another thread before the first of them is: TornadoVM, the driver's context, miXed's extension.
 *
 * @param context of the driver, current on the thread that opened it
 */
record OpenedAhead(TornadoPlatform platform, MemorySegment context) {
    private static volatile @Nullable Background<OpenedAhead> begun;

    /** Begins, once. What goes wrong is thrown where it is {@link #taken}. */
    static synchronized void begin() {
        if (begun == null) {
            begun = Background.begin("mixed-device", OpenedAhead::open);
        }
    }

    private static OpenedAhead open() {
        TornadoPlatform platform = TornadoPlatform.open();
        // The first device finds it made.
        SharedKernels.ofProcess();
        return new OpenedAhead(platform, CudaDriver.context());
    }

    /**
     * What was begun, for the calling thread; empty where nothing was.
     *
     * @throws DeviceException as {@link TornadoPlatform#open} throws it
     */
    static Optional<TornadoPlatform> taken() {
        Background<OpenedAhead> ahead = begun;
        if (ahead == null) {
            return Optional.empty();
        }
        OpenedAhead opened = ahead.join();
        // The driver keeps a current context for each thread.
        CudaDriver.enter(opened.context);
        return Optional.of(opened.platform);
    }
}
