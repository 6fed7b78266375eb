using System.Net;
using System.Text;
using AllData.Errors;
using AllData.Peers;

namespace AllData.Remote.Original;

/// <summary>Sends requests to an original node; a status other than the expected one is the node's error, with the body as its text.</summary>
internal sealed class OriginalNodeCaller(HttpMessageInvoker http, Uri address, PeerId peer, TimeProvider time)
{
    private const int MaxTextBytes = 1_024;

    /// <summary>The peer.</summary>
    public PeerId Peer => peer;

    /// <summary>Sends a request.</summary>
    /// <param name="method">The method.</param>
    /// <param name="body">The body; null when there is none.</param>
    /// <param name="expected">The status that is success.</param>
    /// <param name="deadline">How long the answer is waited for.</param>
    /// <param name="stop">Ends it because another request has failed.</param>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="IOException">It cannot be reached, or the connection broke.</exception>
    /// <exception cref="UnexpectedFailureException">It answers with another status.</exception>
    public async Task SendAsync(HttpMethod method, byte[]? body, HttpStatusCode expected, TimeSpan deadline, CancellationToken stop = default)
    {
        using var timer = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            await SendAsync(method, body, expected, either.Token);
        }
        catch (Exception e) when (timer.IsCancellationRequested && e is OperationCanceledException or IOException or HttpRequestException)
        {
            throw new TimeoutException($"Original node '{peer}' at {address} has not answered within {deadline}.", e);
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"Original node '{peer}' at {address} cannot be reached: {e.Message}", e);
        }
    }

    private async Task SendAsync(HttpMethod method, byte[]? body, HttpStatusCode expected, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(method, address);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new("application/json");
        }

        using var response = await http.SendAsync(request, stop);
        if (response.StatusCode != expected)
        {
            throw new UnexpectedFailureException($"Original node '{peer}' at {address} answers with status {(int)response.StatusCode}"
                + (await ReadTextAsync(response, stop) is { Length: > 0 } text ? $": {text}" : "."));
        }
    }

    private static async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var bytes = new byte[MaxTextBytes];
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop);
        return FailureText.SentenceOf(Encoding.UTF8.GetString(bytes, 0, read));
    }
}
