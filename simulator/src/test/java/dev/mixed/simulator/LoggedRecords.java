// SPDX-License-Identifier: Apache-2.0
package dev.mixed.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What a class logs, kept from the console. */
final class LoggedRecords extends Handler {
    private final List<LogRecord> records = new ArrayList<>();

    /** What the class logs while the work is done. */
    static List<LogRecord> during(Class<?> source, Runnable work) {
        Logger logger = Logger.getLogger(source.getName());
        LoggedRecords records = new LoggedRecords();
        boolean printed = logger.getUseParentHandlers();
        logger.addHandler(records);
        logger.setUseParentHandlers(false);
        try {
            work.run();
        } finally {
            logger.setUseParentHandlers(printed);
            logger.removeHandler(records);
        }
        return records.records;
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    @Override
    public void flush() {
    }

    @Override
    public void close() {
    }
}
