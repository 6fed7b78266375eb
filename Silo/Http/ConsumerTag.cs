using AllData.Consumers;
using AllData.Events;

namespace AllData.Silo.Http;

/// <summary>The entity tag of a consumer (RFC 9110, 8.8.3): the number of its holder, and its position.</summary>
internal static class ConsumerTag
{
    private const string Present = "present";

    /// <summary>The tag of a state.</summary>
    public static string Of(ConsumerMark mark) => $"\"{mark.Epoch}-{(mark.Position is { } position ? position.ToString() : Present)}\"";

    /// <summary>The state that a tag is of; null for a text that no consumer's tag can be.</summary>
    public static ConsumerMark? Parse(string text)
    {
        if (text is not ['"', .. var inner, '"'] || inner.Split('-') is not [var number, var place]
            || !WholeNumber.TryParse(number, long.MaxValue, out long epoch))
        {
            return null;
        }

        return place == Present ? new ConsumerMark(epoch, null) : EventKey.TryParse(place, out var position) ? new ConsumerMark(epoch, position) : null;
    }
}
