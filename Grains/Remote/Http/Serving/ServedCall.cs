using System.Collections.Frozen;
using AllData.Peers;
using AllData.Remote.Http.Messages;
using AllData.Replication;

namespace AllData.Remote.Http.Serving;

/// <summary>A call as it is served: the question is read, asked of the peer's replica, and its answer written.</summary>
internal abstract class ServedCall(string name)
{
    /// <summary>All calls by their names.</summary>
    public static FrozenDictionary<string, ServedCall> All { get; } = Calls().ToFrozenDictionary(static call => call.Name, StringComparer.Ordinal);

    /// <summary>Last part of the path.</summary>
    public string Name { get; } = name;

    /// <summary>Answers a question.</summary>
    /// <exception cref="PeerProtocolException">It cannot be read.</exception>
    public abstract Task<PeerMessage> AnswerAsync(IReplica replica, PeerMessage question, CancellationToken cancellationToken);

    private static IEnumerable<ServedCall> Calls() =>
    [
        Of(PutCalls.Append, static (replica, block, _) => replica.AppendAsync(block)),
        Of(PutCalls.Ping, static (replica, _, _) => DoneAsync(replica.PingAsync())),
        Of(PutCalls.LookUp, static (replica, keys, _) => replica.LookUpAsync(keys)),
        Of(PutCalls.LookUpToPut, static (replica, inquiry, _) => replica.LookUpToPutAsync(inquiry)),
        Of(PutCalls.JudgeKeys, static (replica, keys, _) => replica.JudgeKeysAsync(keys)),
        Of(PutCalls.ReadKey, static (replica, key, _) => replica.ReadAsync(key)),
        Of(PutCalls.GetLowWatermark, static (replica, _, _) => replica.GetLowWatermarkAsync()),
        Of(PutCalls.ReadClock, static (replica, _, _) => replica.ReadClockAsync()),
        Of(PutCalls.TellTopology, static (replica, version, _) => Tell(replica, version)),
        Of(RepairCalls.GetNumbers, static (replica, interval, stop) => replica.GetNumbersAsync(interval, stop)),
        Of(RepairCalls.GetChanges, static (replica, since, stop) => replica.GetChangesAsync(since, stop)),
        Of(RepairCalls.ReadBuckets, static (replica, range, stop) => replica.ReadBucketsAsync(range, stop)),
        Of(RepairCalls.ListLate, static (replica, range, stop) => replica.ReadBucketsAsync(BucketRange.OfLate(range), stop)),
        Of(RepairCalls.ReadCopysets, static (replica, minutes, stop) => replica.ReadCopysetsAsync(minutes.From, minutes.To, stop)),
        Of(RepairCalls.ListBlocks, static (replica, range, stop) => replica.ListBlocksAsync(range, stop)),
        Of(RepairCalls.FetchBlocks, static (replica, fetch, stop) => replica.FetchBlocksAsync(fetch, stop)),
        Of(RepairCalls.ReadPage, static (replica, range, stop) => replica.ReadPageAsync(range, stop)),
    ];

    private static Served<TQuestion, TAnswer> Of<TQuestion, TAnswer>(
        PeerCall<TQuestion, TAnswer> call, Func<IReplica, TQuestion, CancellationToken, Task<TAnswer>> ask) => new(call, ask);

    private static async Task<Nothing> DoneAsync(Task call)
    {
        await call;
        return default;
    }

    // Only the version travels: nothing else is believed of such news, from wherever it comes.
    private static Task<Nothing> Tell(IReplica replica, long version)
    {
        replica.TellTopology(new TopologySnapshot
        {
            Version = version,
            ClusterId = Guid.Empty,
            IntervalLength = TimeSpan.FromDays(1),
            Peers = [],
            Ordinals = [],
        });
        return Task.FromResult(default(Nothing));
    }

    private sealed class Served<TQuestion, TAnswer>(
        PeerCall<TQuestion, TAnswer> call, Func<IReplica, TQuestion, CancellationToken, Task<TAnswer>> ask) : ServedCall(call.Name)
    {
        public override async Task<PeerMessage> AnswerAsync(IReplica replica, PeerMessage question, CancellationToken cancellationToken) =>
            call.WriteAnswer(await ask(replica, call.ReadQuestion(question), cancellationToken));
    }
}
