using System.Diagnostics;
using System.Globalization;

namespace AllData.Benchmarks;

/// <summary>Readers that follow over HTTP, each a process of curl that throws away what it gets.</summary>
internal sealed class CurlReaders : IDisposable
{
    private readonly List<Process> _processes = [];

    /// <summary>Starts readers, spread over the silos.</summary>
    public static CurlReaders Start(IReadOnlyList<Uri> silos, int count, string query)
    {
        var readers = new CurlReaders();
        for (var i = 0; i < count; i++)
        {
            var url = new Uri(silos[i % silos.Count], $"/events?follow=true{query}");
            readers._processes.Add(Process.Start("curl", ["--noproxy", "*", "-sN", "-o", "/dev/null", url.ToString()]));
        }

        return readers;
    }

    /// <summary>Bytes that they have got so far: each writes what it reads (proc(5)).</summary>
    public long Bytes => _processes.Sum(static p => long.Parse(
        File.ReadLines($"/proc/{p.Id}/io").First(static l => l.StartsWith("wchar:", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture));

    /// <summary>Their processor time so far.</summary>
    public TimeSpan Cpu => _processes.Aggregate(TimeSpan.Zero, static (sum, p) => sum + ProcessFigures.CpuOf(p.Id));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
