// SPDX-License-Identifier: Apache-2.0
package dev.mixed.tornado;

import java.util.Locale;
import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;
import uk.ac.manchester.tornado.api.exceptions.TornadoRuntimeException;

/** The processor that this JVM runs on, as a device with a memory of its own. */
final class HostDevice implements TornadoDevice, TornadoTargetDevice {
    static final HostDevice INSTANCE = new HostDevice();

    private static final String MEMORY_PROPERTY = "tornado.device.memory";
    private static final long LOCAL_MEMORY = 48 << 10;
    private static final int THREADS_PER_BLOCK = 1024;

    private HostDevice() {
    }

    /** The device memory that a program may use, as {@code -Dtornado.device.memory=4GB} sets it. */
    static long memory() {
        String text = System.getProperty(MEMORY_PROPERTY, "4GB").strip().toUpperCase(Locale.ROOT);
        int digits = 0;
        while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
            digits++;
        }
        int shift = switch (text.substring(digits)) {
            case "GB" -> 30;
            case "MB" -> 20;
            case "KB" -> 10;
            case "B", "" -> 0;
            default -> -1;
        };
        if (digits == 0 || digits > 9 || shift < 0) {
            throw new TornadoRuntimeException("-D" + MEMORY_PROPERTY + "=" + text + " is not a size; write it as 512MB or 4GB");
        }
        return Long.parseLong(text.substring(0, digits)) << shift;
    }

    @Override
    public String getDeviceName() {
        return "JVM (" + System.getProperty("os.arch") + ", " + getAvailableProcessors() + " processors)";
    }

    @Override
    public String getDescription() {
        return getDeviceName() + ", " + System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    @Override
    public String getPlatformName() {
        return "JVM";
    }

    @Override
    public TornadoTargetDevice getPhysicalDevice() {
        return this;
    }

    @Override
    public TornadoDeviceType getDeviceType() {
        return TornadoDeviceType.CPU;
    }

    @Override
    public long getMaxAllocMemory() {
        return Math.min(memory(), Integer.MAX_VALUE * 8L);
    }

    @Override
    public long getMaxGlobalMemory() {
        return memory();
    }

    @Override
    public long getDeviceLocalMemorySize() {
        return LOCAL_MEMORY;
    }

    @Override
    public long[] getDeviceMaxWorkgroupDimensions() {
        return new long[] {THREADS_PER_BLOCK, THREADS_PER_BLOCK, 64};
    }

    @Override
    public int getBackendIndex() {
        return 0;
    }

    @Override
    public int getAvailableProcessors() {
        return Runtime.getRuntime().availableProcessors();
    }

    @Override
    public TornadoVMBackendType getTornadoVMBackend() {
        return TornadoVMBackendType.JAVA;
    }

    @Override
    public long getDeviceGlobalMemorySize() {
        return memory();
    }

    @Override
    public int getDeviceMaxComputeUnits() {
        return getAvailableProcessors();
    }

    @Override
    public long[] getDeviceMaxWorkItemSizes() {
        return getDeviceMaxWorkgroupDimensions();
    }

    @Override
    public int getMaxThreadsPerBlock() {
        return THREADS_PER_BLOCK;
    }

    @Override
    public long getDeviceMaxAllocationSize() {
        return getMaxAllocMemory();
    }

    @Override
    public String getDeviceInfo() {
        return getDescription();
    }

    @Override
    public String toString() {
        return getDeviceName();
    }
}
