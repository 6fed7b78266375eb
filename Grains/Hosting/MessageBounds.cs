using AllData.Configuration;
using Orleans.Configuration;

namespace AllData.Hosting;

/// <summary>The largest message that a silo reads or sends: it is held in memory whole before its content is examined.</summary>
internal static class MessageBounds
{
    /// <summary>Bytes of a message, unless larger puts are configured: the largest put of many four times, and the largest answer of a replica eight
    /// times.</summary>
    public const int BodyBytes = LimitOptions.UsualMessageBytes;

    /// <summary>Bytes of a message's head.</summary>
    public const int HeaderBytes = 1 << 20;

    public static void Apply(SiloMessagingOptions messaging, LimitOptions limits)
    {
        messaging.MaxMessageBodySize = limits.LargestMessageBytes;
        messaging.MaxMessageHeaderSize = HeaderBytes;
    }
}
