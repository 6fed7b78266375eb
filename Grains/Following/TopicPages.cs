using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Reading;

namespace AllData.Following;

/// <summary>The events of a topic in the pages of the feed: cut out once for all readers of the topic, and kept as long as the page is.</summary>
internal static class TopicPages
{
    private static readonly ConditionalWeakTable<ScanPage, ConcurrentDictionary<Topic, ScanPage?>> Pages = [];

    /// <summary>The events of a topic; null when the page has none.</summary>
    /// <param name="page">The page; null: one without events.</param>
    /// <param name="topic">The topic; null: all events.</param>
    public static ScanPage? Of(ScanPage? page, Topic? topic) =>
        topic is not { } wanted ? page
        : page?.Topics is not { } topics || !topics.Names.Contains(wanted) ? null
        : Pages.GetValue(page, static _ => new ConcurrentDictionary<Topic, ScanPage?>()).GetOrAdd(wanted, static (one, all) => all.Only(one), page);
}
