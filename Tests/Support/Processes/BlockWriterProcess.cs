using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>A <see cref="BlockWriterProgram"/> that runs, and what it has said so far.</summary>
internal sealed class BlockWriterProcess : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _acknowledged = [];
    private readonly List<string> _unexpected = [];

    private BlockWriterProcess(Process process) => _process = process;

    /// <summary>The incarnation of its directory; 0 before it has opened its store.</summary>
    public int Incarnation { get; private set; }

    /// <summary>The ids of the blocks that were acknowledged to it.</summary>
    public IReadOnlyList<string> Acknowledged => _acknowledged;

    /// <summary>What it said that it should not have.</summary>
    public IReadOnlyList<string> Unexpected => _unexpected;

    /// <summary>Starts one.</summary>
    public static BlockWriterProcess Start(string directory, string? connection)
    {
        var program = typeof(BlockWriterProcess).Assembly.Location;
        string[] store = connection is null ? [] : [connection];
        var start = new ProcessStartInfo("dotnet", [program, BlockWriterProgram.Command, directory, .. store]) { RedirectStandardOutput = true };
        return new BlockWriterProcess(Process.Start(start)!);
    }

    /// <summary>Reads until the store is open and so many more blocks are acknowledged.</summary>
    public async Task ReadAsync(int blocks)
    {
        var target = _acknowledged.Count + blocks;
        while (Incarnation == 0 || _acknowledged.Count < target)
        {
            var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Bound);
            Assert.True(line is not null, $"The writer ended by itself: {string.Join(' ', _unexpected)}");
            Take(line);
        }
    }

    /// <summary>Kills it as kill -9 does, and takes what it had said until then.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        while (await _process.StandardOutput.ReadLineAsync().WaitAsync(Bound) is { } line)
        {
            Take(line);
        }

        await _process.WaitForExitAsync().WaitAsync(Bound);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private void Take(string line)
    {
        if (!line.EndsWith(BlockWriterProgram.End))
        {
            return;
        }

        switch (line.TrimEnd(BlockWriterProgram.End).Split(' ', 2))
        {
            case ["opened", var incarnation]:
                Incarnation = int.Parse(incarnation);
                break;
            case ["block", var id]:
                _acknowledged.Add(id);
                break;
            default:
                _unexpected.Add(line);
                break;
        }
    }
}
