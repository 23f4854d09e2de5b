using System.Net;
using System.Net.Http.Headers;

namespace Ballast.Client.Tests.Connections;

public sealed class RetryHandlerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_is_tried_again_whatever_happened_to_it()
    {
        var server = new Scripted(Fail(HttpRequestError.ResponseEnded), Fail(HttpRequestError.Unknown), Ok());
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Get));
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task A_write_that_never_left_is_tried_again()
    {
        var server = new Scripted(Fail(HttpRequestError.ConnectionError), Fail(HttpRequestError.SecureConnectionError), Ok());
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Post));
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task A_write_that_may_have_been_carried_out_is_not()
    {
        var server = new Scripted(Fail(HttpRequestError.ResponseEnded), Ok());
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(server, HttpMethod.Post));
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public async Task A_server_that_says_when_to_come_back_is_asked_again()
    {
        var server = new Scripted(Busy(HttpStatusCode.TooManyRequests), Busy(HttpStatusCode.ServiceUnavailable), Ok());
        Assert.Equal(HttpStatusCode.OK, await SendAsync(server, HttpMethod.Post));
        Assert.Equal(3, server.Requests);
    }

    [Fact]
    public async Task A_refusal_without_a_time_to_come_back_is_the_answer()
    {
        var server = new Scripted(() => new HttpResponseMessage(HttpStatusCode.TooManyRequests), Ok());
        Assert.Equal(HttpStatusCode.TooManyRequests, await SendAsync(server, HttpMethod.Post)); // an eviction that a budget stands against
    }

    [Fact]
    public async Task It_gives_up_in_the_end()
    {
        var server = new Scripted([.. Enumerable.Repeat(Fail(HttpRequestError.ConnectionError), 20)]);
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(server, HttpMethod.Get));
        Assert.Equal(6, server.Requests);
    }

    [Fact]
    public async Task A_watch_is_left_to_the_informer()
    {
        var server = new Scripted(Fail(HttpRequestError.ConnectionError), Ok());
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(server, HttpMethod.Get, "?watch=true"));
    }

    [Fact]
    public async Task Who_may_not_write_can_read_and_nothing_else()
    {
        var server = new Scripted(Ok(), Ok());
        using var client = new HttpClient(new WriteGuardHandler(() => false, server));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("http://x/"), Cancel)).StatusCode);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.DeleteAsync(new Uri("http://x/"), Cancel));
        Assert.Equal(1, server.Requests);
    }

    private static async Task<HttpStatusCode> SendAsync(Scripted server, HttpMethod method, string query = "")
    {
        // The delays are milliseconds; a clock that skips them keeps the test quick.
        using var client = new HttpClient(new RetryHandler(new Impatient(), new Random(1), server));
        using var request = new HttpRequestMessage(method, "http://x/api/v1/pods" + query);
        using var response = await client.SendAsync(request, Cancel);
        return response.StatusCode;
    }

    private static Func<HttpResponseMessage> Ok() => () => new(HttpStatusCode.OK);

    private static Func<HttpResponseMessage> Fail(HttpRequestError error) => () => throw new HttpRequestException(error);

    private static Func<HttpResponseMessage> Busy(HttpStatusCode code) => () => new(code) { Headers = { RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1)) } };

    private sealed class Scripted(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(answers[Requests++]());
    }

    /// <summary>Every delay is over at once.</summary>
    private sealed class Impatient : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}
