using AllData.Configuration;
using Orleans.Configuration;

namespace AllData.Hosting;

/// <summary>How large a message may be that a silo reads or sends: it is held in memory whole before anybody looks at what it says.</summary>
internal static class MessageBounds
{
    /// <summary>Bytes of a message, unless larger puts are configured: the largest put of many four times, and the largest answer of a replica eight
    /// times.</summary>
    public const int BodyBytes = LimitOptions.UsualMessageBytes;

    /// <summary>Bytes of a message's head.</summary>
    public const int HeaderBytes = 1 << 20;

    /// <summary>Sets the bounds.</summary>
    public static void Apply(SiloMessagingOptions messaging, LimitOptions limits)
    {
        messaging.MaxMessageBodySize = limits.LargestMessageBytes;
        messaging.MaxMessageHeaderSize = HeaderBytes;
    }
}
