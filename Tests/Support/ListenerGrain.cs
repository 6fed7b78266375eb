using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Reading;
using AllData.Streaming;
using Orleans.Runtime;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace AllData.Tests.Support;

/// <summary>A grain that is subscribed to the stream of the store.</summary>
[Alias("AllData.Tests.IListenerGrain")]
public interface IListenerGrain : IGrainWithStringKey
{
    /// <summary>Subscribes, once.</summary>
    [Alias("Subscribe")]
    Task Subscribe(string provider, StreamSequenceToken? token);

    /// <summary>Subscribes to the events of a topic, once.</summary>
    [Alias("SubscribeTo")]
    Task SubscribeTo(string provider, Topic topic, StreamSequenceToken? token);

    /// <summary>Goes on elsewhere.</summary>
    [Alias("Rewind")]
    Task Rewind(string provider, StreamSequenceToken token);

    /// <summary>Produces an event into the stream.</summary>
    [Alias("Produce")]
    Task Produce(string provider, EventPayload payload);

    /// <summary>Ends the subscription.</summary>
    [Alias("Unsubscribe")]
    Task Unsubscribe(string provider);

    /// <summary>Lets the activation go.</summary>
    [Alias("Forget")]
    Task Forget();
}

/// <summary>What listeners were given, whichever activation and silo of the test cluster.</summary>
internal static class Heard
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<EventKey>> Keys = new();

    /// <summary>Called before a listener takes an event; throw or wait to be a bad one.</summary>
    public static ConcurrentDictionary<string, Func<ScannedEvent, Task>> Before { get; } = new();

    /// <summary>Listeners whose events are counted and not kept.</summary>
    public static ConcurrentDictionary<string, StrongBox<long>> Counted { get; } = new();

    /// <summary>What a listener has taken, in the order in which it did.</summary>
    public static List<EventKey> By(string listener) => [.. Queue(listener)];

    public static async Task AddAsync(string listener, ScannedEvent e)
    {
        if (Before.TryGetValue(listener, out var before))
        {
            await before(e);
        }

        if (Counted.TryGetValue(listener, out var count))
        {
            Interlocked.Increment(ref count.Value);
            return;
        }

        Queue(listener).Enqueue(e.Key);
    }

    private static ConcurrentQueue<EventKey> Queue(string listener) => Keys.GetOrAdd(listener, static _ => new());
}

internal sealed class ListenerGrain : Grain, IListenerGrain
{
    // The key names the provider, so that a new activation finds its subscription.
    private string Provider => this.GetPrimaryKeyString().Split('/')[0];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        foreach (var handle in await StreamOf(Provider).GetAllSubscriptionHandles())
        {
            await handle.ResumeAsync(OnNextAsync);
        }
    }

    public async Task Subscribe(string provider, StreamSequenceToken? token) => await StreamOf(provider).SubscribeAsync(OnNextAsync, token!);

    public async Task SubscribeTo(string provider, Topic topic, StreamSequenceToken? token) =>
        await this.GetStreamProvider(provider).GetEvents(topic).SubscribeAsync(OnNextAsync, token!);

    public async Task Rewind(string provider, StreamSequenceToken token)
    {
        foreach (var handle in await StreamOf(provider).GetAllSubscriptionHandles())
        {
            await handle.ResumeAsync(OnNextAsync, token);
        }
    }

    public Task Produce(string provider, EventPayload payload) => StreamOf(provider).OnNextAsync(payload);

    public async Task Unsubscribe(string provider)
    {
        foreach (var handle in await StreamOf(provider).GetAllSubscriptionHandles())
        {
            await handle.UnsubscribeAsync();
        }
    }

    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private Task OnNextAsync(ScannedEvent e, StreamSequenceToken? token) => Heard.AddAsync(this.GetPrimaryKeyString(), e);

    private IAsyncStream<ScannedEvent> StreamOf(string provider) => this.GetStreamProvider(provider).GetEvents();
}

/// <summary>A grain that is subscribed because it is of a class that says so.</summary>
[Alias("AllData.Tests.IImplicitListenerGrain")]
public interface IImplicitListenerGrain : IGrainWithStringKey;

[ImplicitStreamSubscription(AllDataStreams.Namespace)]
internal sealed class ImplicitListenerGrain : Grain, IImplicitListenerGrain, IStreamSubscriptionObserver
{
    /// <summary>The name by which it is heard.</summary>
    public static string NameOf(string provider) => $"{provider}/implicit";

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<ScannedEvent>().ResumeAsync(
        (e, _) => Heard.AddAsync(NameOf(handleFactory.ProviderName), e));
}

/// <summary>A grain for each topic.</summary>
[Alias("AllData.Tests.ITopicListenerGrain")]
public interface ITopicListenerGrain : IGrainWithStringKey;

[ImplicitStreamSubscription(AllDataStreams.TopicsNamespace)]
internal sealed class TopicListenerGrain : Grain, ITopicListenerGrain, IStreamSubscriptionObserver
{
    /// <summary>The name by which it is heard.</summary>
    public static string NameOf(string provider, string topic) => $"{provider}/of/{topic}";

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) => handleFactory.Create<ScannedEvent>().ResumeAsync(
        (e, _) => Heard.AddAsync(NameOf(handleFactory.ProviderName, this.GetPrimaryKeyString()), e));
}
