using System.Collections;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Puts;

/// <summary>
/// The results of a <c>PutMany</c>, one per event in the order of the batch. The events of a block share an answer, so only this travels: one <see
/// cref="PutAnswer"/> for each different outcome, and the keys as one run of bytes. Results are built when they are read.
/// </summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = false), Immutable, Alias("AllData.PutResults")]
public sealed class PutResults : IReadOnlyList<PutResult>
{
    [Id(0)]
    private readonly ImmutableArray<PutAnswer> _answers;

    // Empty while all events have the first answer, as nearly always.
    [Id(1)]
    private readonly int[] _answerOf;

    [Id(2)]
    private readonly byte[] _keys;

    private PutResults(ImmutableArray<PutAnswer> answers, int[] answerOf, byte[] keys)
    {
        _answers = answers;
        _answerOf = answerOf;
        _keys = keys;
    }

    /// <summary>Number of events.</summary>
    public int Count => _keys.Length / EventKey.BinaryLength;

    /// <summary>The different answers to the events.</summary>
    public ImmutableArray<PutAnswer> Answers => _answers;

    /// <summary>The result of an event.</summary>
    /// <param name="index">Its place in the batch.</param>
    public PutResult this[int index] => AnswerOf(index).ToResult(KeyOf(index));

    /// <summary>The answer of an event, which it may share with others.</summary>
    /// <param name="index">Its place in the batch.</param>
    public PutAnswer AnswerOf(int index) => _answers[_answerOf.Length == 0 ? 0 : _answerOf[index]];

    /// <summary>The key of an event; null when it failed before it had one.</summary>
    /// <param name="index">Its place in the batch.</param>
    public EventKey? KeyOf(int index)
    {
        var key = EventKey.ReadFrom(_keys.AsSpan(index * EventKey.BinaryLength));
        return key == default ? null : key;
    }

    /// <inheritdoc/>
    public IEnumerator<PutResult> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Packs results; those that share an answer are recognised by the instance.</summary>
    /// <param name="results">For each event its key, if it has one, and its answer.</param>
    public static PutResults Pack(ReadOnlySpan<(EventKey? Key, PutAnswer Answer)> results)
    {
        var answers = new Dictionary<PutAnswer, int>(ReferenceEqualityComparer.Instance);
        var answerOf = new int[results.Length];
        var keys = new byte[results.Length * EventKey.BinaryLength];
        for (var i = 0; i < results.Length; i++)
        {
            (results[i].Key ?? default).WriteTo(keys.AsSpan(i * EventKey.BinaryLength));
            ref var index = ref CollectionsMarshal.GetValueRefOrAddDefault(answers, results[i].Answer, out var isKnown);
            index = isKnown ? index : answers.Count - 1;
            answerOf[i] = index;
        }

        return new PutResults(
            [.. answers.OrderBy(static a => a.Value).Select(static a => a.Key)], answers.Count == 1 ? [] : answerOf, keys);
    }
}

/// <summary>The result of one or more events of a put, without their keys: the rest of a receipt, or an error.</summary>
[GenerateSerializer, Immutable, Alias("AllData.PutAnswer")]
public sealed record PutAnswer
{
    /// <summary>The error, when it failed; otherwise null.</summary>
    [Id(0)]
    public PutException? Error { get; init; }

    /// <summary>As <see cref="PutReceipt.Outcome"/>.</summary>
    [Id(1)]
    public PutOutcome Outcome { get; init; }

    /// <summary>As <see cref="PutReceipt.Replicas"/>.</summary>
    [Id(2)]
    public ImmutableArray<Replica> Replicas { get; init; } = [];

    /// <summary>As <see cref="PutReceipt.Pending"/>.</summary>
    [Id(3)]
    public ImmutableArray<Replica> Pending { get; init; } = [];

    /// <summary>As <see cref="PutReceipt.Level"/>.</summary>
    [Id(4)]
    public CommitLevel Level { get; init; }

    /// <summary>As <see cref="PutReceipt.Adherence"/>.</summary>
    [Id(5)]
    public Adherence Adherence { get; init; }

    /// <summary>As <see cref="PutReceipt.Regions"/>.</summary>
    [Id(6)]
    public RegionCoverage? Regions { get; init; }

    /// <summary>As <see cref="PutReceipt.Topic"/>.</summary>
    [Id(7)]
    public Topic? Topic { get; init; }

    /// <summary>The answer of an event that failed.</summary>
    public static PutAnswer Failed(PutException error) => new() { Error = error };

    /// <summary>The result of one of the events.</summary>
    /// <param name="key">Its key; null when it failed before it had one.</param>
    public PutResult ToResult(EventKey? key) => ErrorFor(key) is { } error ? new PutResult(null, error) : new PutResult(ToReceipt(key), null);

    /// <summary>The error of one of the events; null when it is stored.</summary>
    /// <param name="key">Its key; null when it failed before it had one.</param>
    public PutException? ErrorFor(EventKey? key) => key is { } failed ? Error?.For(failed) : Error;

    /// <summary>The receipt of one of the events, of which there is no error.</summary>
    /// <param name="key">Its key.</param>
    public PutReceipt ToReceipt(EventKey? key) => new(
        key ?? throw new InvalidOperationException("An event without a key is said to be stored."), Outcome, Replicas, Level, Adherence)
    {
        Pending = Pending,
        Regions = Regions,
        Topic = Topic,
    };
}
