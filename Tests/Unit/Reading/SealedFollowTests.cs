using AllData.Certificates;
using AllData.Errors;
using AllData.Reading;
using AllData.Tests.Unit.Certificates;
using AllData.Tests.Unit.Client;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Reading;

/// <summary>A reader of what is sealed, against certificates in memory.</summary>
public sealed class SealedFollowTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeStore _store = new();
    private readonly List<string> _log = CertificateSample.Log(5).Texts;

    private MemoryCertificates Certificates => _store.Certificates;

    [Fact]
    public async Task Each_entry_comes_once_in_the_order_of_the_log_also_those_that_are_sealed_meanwhile()
    {
        Certificates.Texts = _log[..3];
        var follow = Follow(0);
        await using var reader = follow.GetAsyncEnumerator();
        await ExpectAsync(reader, 0, 1, 2);
        Assert.Equal(3, follow.Position);

        var next = reader.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        Certificates.Texts = _log;
        Assert.True(await next.WaitAsync(Bound));
        Assert.Equal((3, _log[3]), (reader.Current.Index, reader.Current.Certificate.Text));
        await ExpectAsync(reader, 4);
    }

    [Fact]
    public async Task It_begins_where_it_is_told_and_is_enumerated_once()
    {
        Certificates.Texts = _log;
        var follow = Follow(2);
        await using var reader = follow.GetAsyncEnumerator();
        await ExpectAsync(reader, 2, 3, 4);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await follow.GetAsyncEnumerator().MoveNextAsync());
        Assert.Throws<ArgumentOutOfRangeException>(() => Follow(-1));
    }

    [Fact]
    public async Task A_silo_that_fails_is_another_silos_turn_and_nothing_is_given_twice()
    {
        Certificates.Texts = _log;
        var failures = new Queue<Exception?>([new TimeoutException("slow"), null, new CertificateException("This silo's peer keeps no log."), null]);
        Certificates.OnRead = () => failures.TryDequeue(out var failure) && failure is not null ? throw failure : Task.CompletedTask;
        await using var reader = Follow(0).GetAsyncEnumerator();
        await ExpectAsync(reader, 0, 1, 2, 3, 4);
        Assert.Empty(failures);
    }

    [Fact]
    public async Task After_a_minute_without_a_silo_it_gives_up()
    {
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromSeconds(40) };
        Certificates.OnRead = static () => throw new TimeoutException("slow");
        await using var reader = new SealedFollow(_store.Grains, 0, time).GetAsyncEnumerator();
        var next = reader.MoveNextAsync().AsTask();
        for (var i = 0; i < 100 && !next.IsCompleted; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await Assert.ThrowsAsync<TimeoutException>(() => next.WaitAsync(Bound));
    }

    [Fact]
    public async Task Another_log_in_the_place_of_the_first_is_noticed()
    {
        Certificates.Texts = _log[..2];
        await using var reader = Follow(0).GetAsyncEnumerator();
        await ExpectAsync(reader, 0, 1);
        var other = CertificateSample.Certificate(IntervalCertificate.Parse(_log[2]).Interval, TreeHash.Of([7])).Text;
        Certificates.Texts = [.. _log[..2], other];
        await Assert.ThrowsAsync<CertificateException>(() => reader.MoveNextAsync().AsTask().WaitAsync(Bound));
    }

    private SealedFollow Follow(long from) => new(_store.Grains, from, new EagerTime());

    private async Task ExpectAsync(IAsyncEnumerator<SealedInterval> reader, params int[] indexes)
    {
        foreach (var index in indexes)
        {
            Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Bound));
            Assert.Equal((index, _log[index]), (reader.Current.Index, reader.Current.Certificate.Text));
        }
    }
}
