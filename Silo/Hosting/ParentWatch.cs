namespace AllData.Silo.Hosting;

/// <summary>Waits for the end of a stream that another process holds open as long as it lives.</summary>
internal static class ParentWatch
{
    /// <summary>
    /// Begins to wait, on a thread of its own: a read of standard input cannot be cancelled and would occupy a pool thread forever.
    /// </summary>
    /// <param name="parent">The stream; its content is ignored.</param>
    /// <param name="onGone">Called once, when it has ended.</param>
    public static void Begin(Stream parent, Action onGone)
    {
        var thread = new Thread(() =>
        {
            ReadToEnd(parent);
            onGone();
        })
        {
            IsBackground = true,
            Name = "parent watch",
        };
        thread.Start();
    }

    private static void ReadToEnd(Stream stream)
    {
        Span<byte> buffer = stackalloc byte[64];
        try
        {
            while (stream.Read(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A stream that cannot be read any more has ended.
        }
    }
}
