using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AllData.Storage.Directories;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>What figures of this machine mean nothing without.</summary>
internal static class MachineText
{
    private const int PageBytes = 4_096;
    private const long FileBytes = 16 << 20;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    /// <summary>Its system, processors and memory, and how often a second its disk makes a page durable.</summary>
    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors ({ProcessorName()}), "
        + $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB memory; a page of {PageBytes:N0} bytes written and flushed (fdatasync): "
        + $"{FlushesPerSecond():N0} a second");

    private static string ProcessorName() => File.ReadLines("/proc/cpuinfo").Select(static line => line.Split(':', 2))
        .FirstOrDefault(static pair => pair is [var name, _] && name.Trim() == "model name") is [_, var model] ? model.Trim() : "unknown";

    // Within a file that has its blocks: what a log store does.
    private static double FlushesPerSecond()
    {
        using var folder = new TemporaryDirectory();
        using var file = File.OpenHandle(Path.Combine(folder.Path, "pages"), FileMode.CreateNew, FileAccess.ReadWrite);
        var page = new byte[PageBytes];
        for (long at = 0; at < FileBytes; at += PageBytes)
        {
            RandomAccess.Write(file, page, at);
        }

        DurableFiles.FlushData(file);
        var (watch, count) = (Stopwatch.StartNew(), 0L);
        for (; watch.Elapsed < Length; count++)
        {
            RandomAccess.Write(file, page, count * PageBytes % FileBytes);
            DurableFiles.FlushData(file);
        }

        return count / watch.Elapsed.TotalSeconds;
    }
}
