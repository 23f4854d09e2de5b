using System.Net;
using System.Text.Json;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Client;

/// <summary>What an answer that is no success means.</summary>
public static class ApiErrors
{
    extension(HttpOperationException error)
    {
        public int Code => (int)error.Response.StatusCode;

        /// <summary>The server's Status; null where the body is none (a proxy's page, for instance).</summary>
        public V1Status? Status
        {
            get
            {
                if (string.IsNullOrEmpty(error.Response.Content))
                    return null;
                try
                {
                    return KubernetesJson.Deserialize<V1Status>(error.Response.Content);
                }
                catch (JsonException)
                {
                    return null;
                }
            }
        }

        public bool IsNotFound => error.Response.StatusCode == HttpStatusCode.NotFound;

        /// <summary>The name is taken. Shares its code with a conflict; the reason tells them apart.</summary>
        public bool IsAlreadyExists => error.Response.StatusCode == HttpStatusCode.Conflict && error.Status?.Reason == "AlreadyExists";

        /// <summary>The object was changed by someone else, or a precondition failed.</summary>
        public bool IsConflict => error.Response.StatusCode == HttpStatusCode.Conflict && !error.IsAlreadyExists;

        /// <summary>The resourceVersion asked for is no longer kept.</summary>
        public bool IsGone => error.Response.StatusCode == HttpStatusCode.Gone;

        public bool IsInvalid => error.Response.StatusCode == HttpStatusCode.UnprocessableEntity;

        public bool IsForbidden => error.Response.StatusCode == HttpStatusCode.Forbidden;

        public bool IsTooManyRequests => error.Response.StatusCode == HttpStatusCode.TooManyRequests;

        /// <summary>Creation refused because the namespace is being deleted.</summary>
        public bool IsNamespaceTerminating => error.IsForbidden && error.Status?.Details?.Causes?.Any(c => c.Reason == "NamespaceTerminating") == true;

        /// <summary>The server's words, for logs and events.</summary>
        public string Words => error.Status?.Message ?? error.Message;
    }
}

public static class ExceptionExtensions
{
    extension(Exception error)
    {
        /// <summary>The server's own words where it answered, else the exception's.</summary>
        public string ApiMessage => error is HttpOperationException answer ? answer.Words : error.Message;
    }
}
