using System.Diagnostics;
using System.Globalization;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What Linux tells of processes (proc(5)).</summary>
internal static class ProcessFigures
{
    /// <summary>The highest resident size of each process since the last call, in words.</summary>
    public static string TakePeaks(int[] processes)
    {
        var peaks = processes.Select(static pid => PeakBytes(pid) >> 20).ToArray();
        foreach (var pid in processes)
        {
            File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        }

        return string.Join(", ", peaks) + " MiB";
    }

    /// <summary>The highest resident size of a process so far.</summary>
    public static long PeakBytes(int pid) => BytesOf(pid, "VmHWM:");

    /// <summary>The resident size of a process now.</summary>
    public static long WorkingSetOf(int pid) => SiloMemory.ResidentBytesOf(pid);

    private static long BytesOf(int pid, string name) => 1024 * long.Parse(
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ')[^2], CultureInfo.InvariantCulture);

    /// <summary>Processor time of a process so far.</summary>
    public static TimeSpan CpuOf(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.TotalProcessorTime;
    }
}
