using System.Net;
using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http;

/// <summary>Sends calls to one peer, or to one cluster as a whole, through the endpoints of the cluster in turn.</summary>
/// <param name="http">The connections.</param>
/// <param name="endpoints">The endpoints of the cluster.</param>
/// <param name="target">What is called.</param>
/// <param name="store">The store of this silo; empty as long as it is not known.</param>
/// <param name="maxBytes">Bytes of an answer, at most.</param>
/// <param name="time">The clock of the deadlines.</param>
internal sealed class HttpPeerCaller(
    HttpMessageInvoker http, HttpEndpoints endpoints, PeerTarget target, Func<Guid> store, long maxBytes, TimeProvider time)
{
    /// <summary>Asks a question.</summary>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="IOException">No endpoint could be reached, or none reaches the peer.</exception>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    public async Task<TAnswer> AskAsync<TQuestion, TAnswer>(
        PeerCall<TQuestion, TAnswer> call, TQuestion question, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        var message = call.WriteQuestion(question);
        using var timer = new CancellationTokenSource(deadline, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        var first = endpoints.Preferred;
        var endpoint = first;
        IOException? last = null;
        for (var i = 0; i < endpoints.All.Length; i++)
        {
            endpoint = (first + i) % endpoints.All.Length;
            try
            {
                var answer = call.ReadAnswer(await SendAsync(endpoints.All[endpoint], call.Name, message, stop.Token));
                endpoints.OnAnswer(endpoint);
                return answer;
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellationToken);
            }
            catch (Exception e) when (timer.IsCancellationRequested)
            {
                endpoints.OnFailure(endpoint);
                throw new TimeoutException($"{target.Name} at {endpoints.All[endpoint].Authority} has not answered '{call.Name}' within {deadline}.", e);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // Every call may be made again: the same block is stored once, and a question changes nothing.
                endpoints.OnFailure(endpoint);
                last = e as IOException ?? new IOException($"{target.Name} at {endpoints.All[endpoint].Authority} cannot be reached: {InnermostOf(e)}", e);
            }
        }

        throw last!;
    }

    // "Connection refused (127.0.0.1:8382)" has the cause in it; "The SSL connection could not be established, see inner exception." has not.
    private static string InnermostOf(Exception e) =>
        e.GetBaseException() is var inner && e.Message.Contains(inner.Message, StringComparison.Ordinal) ? e.Message : $"{e.Message} {inner.Message}";

    private async Task<PeerMessage> SendAsync(Uri endpoint, string call, PeerMessage question, CancellationToken stop)
    {
        var id = store();
        if (id == Guid.Empty)
        {
            throw new IOException($"{target.Name} is not called: this silo does not know its store yet.");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, target.Path + call))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new PeerContent(question),
        };
        request.Headers.Add(PeerProtocol.StoreHeader, id.ToString());
        using var response = await http.SendAsync(request, stop);
        return response.StatusCode == HttpStatusCode.OK
            ? await ReadAsync(response, endpoint, stop)
            : throw await RefusalAsync(response, endpoint, stop);
    }

    private async Task<PeerMessage> ReadAsync(HttpResponseMessage response, Uri endpoint, CancellationToken stop)
    {
        var length = response.Content.Headers.ContentLength;
        if (length is null || length > maxBytes)
        {
            throw new PeerProtocolException($"{target.Name} at {endpoint.Authority} answers with {length?.ToString() ?? "an unknown number of"} bytes; at most "
                + $"{maxBytes} are taken, as follows from AllData:Limits.");
        }

        await using var body = await response.Content.ReadAsStreamAsync(stop);
        return await PeerMessage.ReadFromAsync(body, length.Value, stop);
    }

    private async Task<Exception> RefusalAsync(HttpResponseMessage response, Uri endpoint, CancellationToken stop)
    {
        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var bytes = new byte[PeerProtocol.MaxProblemBytes];
        var read = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, stop);
        if (PeerProblem.TryRead(bytes.AsMemory(0, read)) is { } problem)
        {
            return problem.ToException(target, endpoint.Authority);
        }

        var sentence = $"{target.Name} at {endpoint.Authority}: something that is no peer port answers with status {(int)response.StatusCode}.";
        return response.StatusCode >= HttpStatusCode.InternalServerError ? new IOException(sentence) : new PeerProtocolException(sentence);
    }
}
