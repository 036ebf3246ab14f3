package uk.ac.manchester.tornado.api.enums;

/** Whether what a run took is printed or only kept. */
public enum ProfilerMode {
    CONSOLE, SILENT
}
