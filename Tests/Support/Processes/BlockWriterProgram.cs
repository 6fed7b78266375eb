using System.Text;
using AllData.Coordination;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Directories;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Support;

/// <summary>A process that appends blocks to a store and prints the id of each that is acknowledged, until it is killed.</summary>
internal static class BlockWriterProgram
{
    public const string Command = "append-blocks";

    /// <summary>Stands for the log store in the place of a database.</summary>
    public const string Logs = "logs";

    /// <summary>Ends each line, so that one that was cut off is known.</summary>
    public const char End = ';';

    /// <summary>The ordinal of its directory.</summary>
    public const int Ordinal = 1;

    private const int Lanes = 8;

    // So that marks of the numbers are noted between two kills.
    private const int AbandonedAtOnce = 2;
    private const int MaxEvents = 20;
    private const int MaxPayload = 1_000;

    private static readonly Stream Output = Console.OpenStandardOutput();
    private static readonly PeerId Peer = PeerId.Parse("north-a");

    /// <summary>The incarnation of its directory in a line <c>opened N;</c>, then a line <c>block ID;</c> for each block.</summary>
    public static async Task RunAsync(string path, string? connection)
    {
        using var directory = DataDirectory.Open(path, Peer, TimeProvider.System, NullLogger<DataDirectory>.Instance);
        directory.BindOrdinal(Ordinal);
        using var numbers = new BlockNumbers(new WriterPeer(directory), TimeProvider.System, TaskScheduler.Default, NullLogger<BlockNumbers>.Instance);
        await using var store = Open(path, connection);
        Print($"opened {directory.Incarnation}");
        await Task.WhenAll(Enumerable.Range(1, Lanes).Select(lane => AppendAsync(store, numbers, directory.Incarnation, lane)));
    }

    /// <summary>The store that it writes to.</summary>
    /// <param name="path">The data directory.</param>
    /// <param name="connection">A database; null: SQLite files; <see cref="Logs"/>: logs.</param>
    public static IReplicaStore Open(string path, string? connection) => connection switch
    {
        null => SqliteEngineHarness.OpenAt(path, vfs: null, new StorageOptions { CheckpointBytes = 200_000 }),
        Logs => LogEngineHarness.OpenAt(path, options: new StorageOptions { CheckpointBytes = 200_000 }),
        _ => PostgreSqlEngineHarness.OpenAt(connection, new StorageOptions { ReconnectSeconds = 120 }),
    };

    private static async Task AppendAsync(IReplicaStore store, BlockNumbers numbers, int incarnation, int lane)
    {
        var random = new Random((incarnation * 100) + lane);
        var used = new HashSet<EventKey>();
        while (true)
        {
            var block = Form(random, numbers, lane, used);
            var reply = await store.AppendAsync(block);
            numbers.Settle(block.Header.Id);
            for (var i = 0; i < AbandonedAtOnce; i++)
            {
                numbers.Abandon(numbers.Issue(Ordinal, block.Header.UnixMinute));
            }

            if (reply != AppendReply.Stored)
            {
                Print($"refused {block.Header.Id} {reply}");
                return;
            }

            Print($"block {block.Header.Id}");
        }
    }

    // Keys of its own incarnation and lane, within one minute of a few hours, each once: a given one that is used already would be a conflict.
    private static Block Form(Random random, BlockNumbers numbers, int lane, HashSet<EventKey> used)
    {
        var minute = random.Next(240) * 60_000;
        var id = numbers.Issue(Ordinal, TestBlocks.Key(minute).UnixMinute);
        var keys = new List<EventKey>();
        for (var left = random.Next(1, MaxEvents); left > 0;)
        {
            var key = TestBlocks.Key(minute + random.Next(60_000), sequence: id.Incarnation % 100_000, ordinal: lane);
            if (used.Add(key))
            {
                keys.Add(key);
                left--;
            }
        }

        var events = keys.Select(key => (key, new string((char)('a' + random.Next(26)), random.Next(1, MaxPayload))));
        return TestBlocks.Form(id, given: random.Next(8) == 0, [.. events], cluster: null, copyset: [1, 2 + random.Next(3), 7]);
    }

    private sealed class WriterPeer(DataDirectory directory) : ICoordinatingPeer
    {
        public PeerId Id => Peer;

        public PeerLocation Location { get; } = new("north", "a");

        public Guid ClusterId => TestBlocks.Cluster;

        public string? Refusal => null;

        public TimeSpan IntervalLength => TimeSpan.FromDays(1);

        public IPeerDirectory Directory => directory;
    }

    // At once and whole: what is printed must be known to the tests when the process is killed after it.
    private static void Print(string line)
    {
        lock (Output)
        {
            Output.Write(Encoding.ASCII.GetBytes($"{line}{End}\n"));
        }
    }
}
