package dev.mixed.compare.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "curves")
final class CurvesCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return 0;
    }
}
